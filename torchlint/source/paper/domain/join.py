"""What is known of a value when the program may have come by either of two ways.

Joins are commutative, associative and idempotent, and keep only what both sides share.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from operator import attrgetter
from typing import TypeVar

from torchlint.facts.answer import Unknown, join
from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.source.paper.domain.tensor import Cut, TensorValue
from torchlint.source.paper.domain.values import UNSET, Choice, Literal, Opaque, Thing, Value, is_none

FEW = 4
"""So many values of a variable are told apart."""
Part = TypeVar("Part")


def either(first: Value, second: Value) -> Value:
    """What is known when it may be the one or the other."""
    return first if first is second else one_of((first, second))


def one_of(values: Iterable[Value]) -> Value:
    """What is known when it may be any of several: at most one tensor, that has what all of them share."""
    found: dict[object, Value] = {}
    tensors: list[TensorValue] = []
    for value in values:
        for option in alternatives(value):
            if isinstance(option, TensorValue):
                tensors.append(option)
            else:
                found.setdefault(_identity(option), option)
    if tensors:
        tensor = reduce(join_tensors, tensors)
        found.setdefault(tensor.number, tensor)
    known = tuple(found.values())
    if len(known) == 1:
        return known[0]
    return Choice(options=known) if len(known) <= FEW else _among(known)


def alternatives(value: Value) -> tuple[Value, ...]:
    """The values of which it is one, UNSET among them, even where they are too many to be told apart."""
    match value:
        case Choice():
            return value.options
        case Opaque() if value.among:
            return value.among
    return (value,)


def _identity(value: Value) -> object:
    """What tells a value from another: constants are the same where they are written the same."""
    return (type(value.value), repr(value.value)) if isinstance(value, Literal) else value.number


def _among(several: tuple[Value, ...]) -> Value:
    """Of many objects of one kind, what remains known is the part that each of them plays."""
    objects = [each for each in several if each is not UNSET and not is_none(each)]
    parts = {each.kind.value if isinstance(each, Thing) else getattr(each, "name", "") for each in objects}
    part = parts.pop() if len(parts) == 1 else ""
    from_call = all(isinstance(each, Opaque) and each.from_call for each in objects)
    return Opaque(name=part, from_call=from_call, among=several)


def join_tensors(first: TensorValue, second: TensorValue) -> TensorValue:
    """A tensor of which is known what both share: the same one, where they are one that was changed in place."""
    if first is second:
        return first
    joined = first.refined if first.number == second.number else first.but
    return joined(
        origin=_same(first.origin, second.origin, Origin.UNKNOWN),
        range=_same(first.range, second.range, Range.UNKNOWN),
        activation=_first_site(first.activation, second.activation),
        subject=join_subjects(first.subject, second.subject),
        loaders=first.loaders | second.loaders,
        graph=join((first.graph, second.graph)),
        cut=_first_cut(first.cut, second.cut),
        terms=first.terms | second.terms,
        sums=first.sums | second.sums,
        scaled=join((first.scaled, second.scaled)),
        divided=join((first.divided, second.divided)) if first.weight is second.weight else Unknown,
        weight=_same(first.weight, second.weight, None),
        normalised=first.normalised or second.normalised,
        trainable=join((first.trainable, second.trainable)),
        drawn=_same(first.drawn, second.drawn, None),
        of_loss=_same(first.of_loss, second.of_loss, ""),
        moved=first.moved and second.moved,
        output_of=_same(first.output_of, second.output_of, None),
        shape=_same(first.shape, second.shape, None),
        parts=_same(first.parts, second.parts, ()),
        cuts=first.cuts | second.cuts,
        given=first.given or second.given,
        reduced=first.reduced or second.reduced,
        weighed=first.weighed and second.weighed,
        outputs=_join_outputs(first, second),
        made=_first_site(first.made, second.made),
        addends=first.addends | second.addends,
        severed=first.severed | second.severed,
        bootstraps=_first_site(first.bootstraps, second.bootstraps),
        difference=_first_site(first.difference, second.difference),
        sources=first.roots | second.roots,
        packed=first.packed and second.packed,
        piece_of=_same(first.whole, second.whole, None),
        quantity=_same(first.quantity, second.quantity, None),
    )


def _join_outputs(first: TensorValue, second: TensorValue) -> tuple[TensorValue, ...]:
    """The outputs of different models of which it is one; none where it may be something else as well."""
    ways = (*(first.outputs or (first,)), *(second.outputs or (second,)))
    by_model: dict[int, list[TensorValue]] = {}
    for each in ways:
        if each.output_of is None:
            return ()
        by_model.setdefault(each.output_of[0], []).append(each)
    if len(by_model) == 1:
        return ()
    outputs = [reduce(join_tensors, by_model[model]) for model in sorted(by_model)]
    return tuple(outputs) if all(each.output_of is not None for each in outputs) else ()


def _same(first: Part, second: Part, unknown: Part) -> Part:
    return first if first == second else unknown


def _first_site(first: Site | None, second: Site | None) -> Site | None:
    """Of two places, the one that is told: whichever stands first in the text; none where one side has none."""
    return None if first is None or second is None else min(first, second)


def _first_cut(first: Cut | None, second: Cut | None) -> Cut | None:
    """Of two places where the graph ended, the one that is told: whichever stands first in the text."""
    if first is None or second is None or first == second:
        return first or second
    if (first.site, first.by_mode) == (second.site, second.by_mode):
        return replace(first, sums=first.sums | second.sums, leaf=_same(first.leaf, second.leaf, None))
    return min(first, second, key=attrgetter("site", "by_mode"))


def join_subjects(first: Subject, second: Subject) -> Subject:
    """Parameters that both hold for sure; that there are others is possible where the two differ."""
    if first == second:
        return first
    return Subject(first.own & second.own, first.above & second.above, open=True)


Key = TypeVar("Key", bound=Hashable)


def join_tables(first: Mapping[Key, Value], second: Mapping[Key, Value]) -> Mapping[Key, Value]:
    """What stands under each key; one that only one side has may not be there."""
    if first is second:
        return first
    keys = dict.fromkeys((*first, *second))
    return {key: either(first.get(key, UNSET), second.get(key, UNSET)) for key in keys}
