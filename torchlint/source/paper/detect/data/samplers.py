"""What draws for a loader on paper."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.data import Sampler
from torchlint.knowledge.data import SAMPLERS
from torchlint.source import syntax
from torchlint.source.paper.domain.values import ProjectClass, Routine, Thing, Value, is_none, options
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.classes import library_bases
from torchlint.source.paper.python.machine import Machine


def sampler_of(machine: Machine, loader: Thing) -> tuple[Answer, Sampler | None]:
    """Whether a loader has a sampler (or a batch sampler), and what is known of it, whichever of several it is."""
    held = _given(loader)
    if not held:
        perhaps = any(map(loader.arguments.may_give, ("sampler", "batch_sampler")))
        return (Unknown if perhaps else No), None
    return (Yes if any(isinstance(each, Thing) for each in held) else Unknown), _whichever(samplers_of(machine, loader))


def samplers_of(machine: Machine, loader: Thing) -> list[Sampler]:
    """The samplers that a loader may have, as far as they are known."""
    given = [each for held in _given(loader) for each in options(held) if isinstance(each, Thing)]
    return [_sampler(machine, each) for sampler in given for each in _drawing(sampler)]


def _drawing(sampler: Thing) -> list[Thing]:
    """What draws the samples that torch's own `BatchSampler` puts together, whichever of several it is."""
    if sampler.of is not None or sampler.last != "BatchSampler":
        return [sampler]
    inner = sampler.arguments.get("sampler", 0)
    return [each for each in options(inner) if isinstance(each, Thing)] if inner is not None else []


def _given(loader: Thing) -> list[Value]:
    given = [loader.arguments.get("sampler", 3), loader.arguments.get("batch_sampler", 4)]
    return [each for each in given if each is not None and not is_none(each)]


def _whichever(several: list[Sampler]) -> Sampler | None:
    if len(several) < 2:
        return several[0] if several else None
    return Sampler(
        several[0].name,
        join(each.shuffles for each in several),
        join(each.shuffle_given for each in several),
        join(each.distributed for each in several),
        several[0].names,
    )


def _sampler(machine: Machine, thing: Thing) -> Sampler:
    names = machine.names_of(thing)
    if thing.of is not None:
        return replace(_own_sampler(machine, thing, thing.of), names=names, site=thing.site)
    kind = SAMPLERS.get(thing.last)
    if kind is None:
        return Sampler(thing.last, names=names)
    if not kind.distributed:
        return Sampler(thing.last, kind.shuffles, No, No, names)
    given = thing.arguments.get("shuffle", 3) is not None
    shuffles = thing.arguments.says("shuffle", 3, default=Yes)
    return Sampler(thing.last, shuffles, Answer.of(given), Yes, names, thing.site)


def _own_sampler(machine: Machine, thing: Thing, owner: ProjectClass) -> Sampler:
    """A sampler of the project's own: what it inherits from torch's is known as far as it does not replace it."""
    bases = {base.rpartition(".")[2] for base in library_bases(owner)}
    if not any(base in SAMPLERS and SAMPLERS[base].distributed for base in bases):
        return Sampler(thing.last)
    draws, made = (class_attribute(machine, owner, name) for name in ("__iter__", "__init__"))
    own_order = isinstance(draws, Routine) and "epoch" not in _words(draws)
    own_question = isinstance(made, Routine) and "shuffle" in _words(made)
    default = Unknown if own_order or own_question else Yes
    asked = thing.arguments.says("shuffle", None if isinstance(made, Routine) else 3, default=default)
    return Sampler(thing.last, Unknown if own_order else asked, Unknown, Yes)


def _words(routine: Routine) -> frozenset[str]:
    """The names in a function."""
    return routine.definition.words if isinstance(routine.definition, syntax.Function) else frozenset()
