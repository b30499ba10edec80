"""What draws for a loader on paper."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Sampler
from torchlint.knowledge.data import SAMPLERS
from torchlint.source.paper.values import Arguments, Literal, Thing, Value, options


def sampler_of(loader: Thing) -> tuple[Answer, Sampler | None]:
    """Whether a loader has a sampler (or a batch sampler), and what is known of it."""
    given = [loader.arguments.get("sampler", 3), loader.arguments.get("batch_sampler", 4)]
    held = [each for each in given if each is not None and not _is_none(each)]
    if not held:
        return (Unknown if loader.arguments.unknown else No), None
    known = [option for each in held for option in options(each) if isinstance(option, Thing)]
    return (Yes if any(isinstance(each, Thing) for each in held) else Unknown), _sampler(known[0]) if known else None


def _is_none(value: Value) -> bool:
    return isinstance(value, Literal) and value.value is None


def _sampler(thing: Thing) -> Sampler:
    kind = SAMPLERS.get(thing.last) if thing.of is None else None
    if kind is None:
        return Sampler(thing.last)
    if thing.last == "BatchSampler":
        inner = thing.arguments.get("sampler", 0)
        return _sampler(inner) if isinstance(inner, Thing) else Sampler(thing.last)
    if not kind.distributed:
        return Sampler(thing.last, kind.shuffles, No, No)
    shuffle = thing.arguments.get("shuffle", 3)
    return Sampler(thing.last, _shuffles(shuffle, thing.arguments), Answer.of(shuffle is not None), Yes)


def _shuffles(shuffle: Value | None, arguments: Arguments) -> Answer:
    """Whether a distributed sampler shuffles, as it does unless it is told not to."""
    if shuffle is None:
        return Unknown if arguments.unknown else Yes
    return Answer.of(bool(shuffle.value)) if isinstance(shuffle, Literal) else Unknown
