"""What draws for a loader on paper."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.data import Sampler
from torchlint.knowledge.data import SAMPLERS
from torchlint.source.paper.domain.values import Thing, Value, is_none, options


def sampler_of(loader: Thing) -> tuple[Answer, Sampler | None]:
    """Whether a loader has a sampler (or a batch sampler), and what is known of it, whichever of several it is."""
    held = _given(loader)
    if not held:
        return (Unknown if loader.arguments.unknown else No), None
    return (Yes if any(isinstance(each, Thing) for each in held) else Unknown), _whichever(samplers_of(loader))


def samplers_of(loader: Thing) -> list[Sampler]:
    """The samplers that a loader may have, as far as they are known."""
    return [_sampler(each) for held in _given(loader) for each in options(held) if isinstance(each, Thing)]


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
    )


def _sampler(thing: Thing) -> Sampler:
    kind = SAMPLERS.get(thing.last) if thing.of is None else None
    if kind is None:
        return Sampler(thing.last)
    if thing.last == "BatchSampler":
        inner = thing.arguments.get("sampler", 0)
        return _sampler(inner) if isinstance(inner, Thing) else Sampler(thing.last)
    if not kind.distributed:
        return Sampler(thing.last, kind.shuffles, No, No)
    given = thing.arguments.get("shuffle", 3) is not None
    return Sampler(thing.last, thing.arguments.says("shuffle", 3, default=Yes), Answer.of(given), Yes)
