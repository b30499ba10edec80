"""The laws of the state of the run on paper: what joining keeps, whichever way comes first."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from torchlint.facts.answer import Answer
from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.source.paper.domain.join import FEW, join_tensors
from torchlint.source.paper.domain.tensor import TENSOR_FIELDS, Cut, Severance, TensorValue
from torchlint.source.paper.domain.values import UNSET, Choice, Kind, Literal, Opaque, Thing, Value
from torchlint.source.paper.state import cells
from torchlint.source.paper.state.cell import Cell
from torchlint.source.paper.state.cells import CELLS, Assignment, Average, Change, Entry, Freezing, Kept, Mode
from torchlint.source.paper.state.state import State

ANSWERS = st.sampled_from(Answer)
NUMBERS = st.frozensets(st.integers(1, 3), max_size=2)
SITES = st.builds(Site, st.just("train.py"), st.integers(1, 3))
VIA = st.lists(SITES, max_size=1).map(tuple)
SUBJECTS = st.builds(Subject, NUMBERS, NUMBERS, st.booleans())
SEVERANCES = tuple(Severance(Site("train.py", line), (), "detach", frozenset({line})) for line in (1, 2))
SHAPES = st.sampled_from([None, (2,), (None, 3), (..., 4)])
TENSORS = st.builds(
    TensorValue,
    origin=st.sampled_from([Origin.UNKNOWN, Origin.OUTPUT, Origin.LOSS]),
    range=st.sampled_from([Range.UNKNOWN, Range.RAW, Range.PROBABILITIES]),
    activation=st.none() | SITES,
    subject=SUBJECTS,
    loaders=NUMBERS.map(lambda numbers: numbers or frozenset({-1})),
    graph=ANSWERS,
    cut=st.none() | st.builds(Cut, SITES, st.booleans()),
    terms=NUMBERS,
    sums=st.frozensets(st.tuples(SITES, st.integers(1, 2), st.just(())), max_size=2),
    scaled=ANSWERS,
    divided=ANSWERS,
    normalised=st.booleans(),
    trainable=ANSWERS,
    drawn=st.none() | SITES,
    of_loss=st.sampled_from(["", "MSELoss", "NLLLoss"]),
    moved=st.booleans(),
    output_of=st.none() | st.tuples(st.integers(1, 2), st.just("")),
    shape=SHAPES,
    parts=st.lists(SHAPES, max_size=2).map(tuple),
    cuts=st.frozensets(st.sampled_from(SEVERANCES), max_size=2),
    given=st.booleans(),
    reduced=st.booleans(),
    weighed=st.booleans(),
)
OBJECTS: tuple[Value, ...] = (
    UNSET,
    Literal(value=None),
    Literal(value=1),
    Literal(value=True),
    Opaque(name="model"),
    Opaque(from_call=True),
    *(Thing(kind=Kind.LAYER) for _ in range(FEW)),
)
SINGLE = st.sampled_from(OBJECTS) | TENSORS
VALUES = SINGLE | st.lists(SINGLE, min_size=2, max_size=FEW + 2).map(lambda some: reduce(cells.either, some))
ENTRIES = st.lists(st.builds(Entry, VALUES, SITES, st.booleans()), max_size=2).map(tuple)
TABLES = st.dictionaries(st.sampled_from(["weight", "bias", "running"]), VALUES, max_size=2)
CHANGES = st.builds(Change, st.sampled_from(["relu", "elu"]), SITES, VIA, st.integers(1, 2), ANSWERS)
FREEZINGS = st.builds(Freezing, ANSWERS, st.none() | st.tuples(SITES, VIA), st.integers(0, 2))
MODES = st.builds(Mode, ANSWERS, st.none() | SITES)

OF_TYPE: dict[object, st.SearchStrategy[Any]] = {
    "Cell[Value]": VALUES,
    "Cell[tuple[Entry, ...]]": ENTRIES,
    "Cell[Mapping[Hashable, Value]]": TABLES,
    "Cell[Mapping[str, Value]]": TABLES,
    "Cell[Site | None]": st.none() | SITES,
    "Cell[Freezing]": FREEZINGS,
    "Cell[Change | None]": st.none() | CHANGES,
    "Cell[bool]": st.booleans(),
    "Cell[frozenset[str]]": st.frozensets(st.sampled_from("abc"), max_size=2),
    "Cell[frozenset[int]]": NUMBERS,
    "Cell[frozenset[Mode]]": st.frozensets(MODES, min_size=1, max_size=2),
    "Cell[frozenset[Assignment]]": st.frozensets(st.builds(Assignment, SITES, VIA, ANSWERS), max_size=2),
    "Cell[frozenset[Average]]": st.frozensets(st.builds(Average, st.integers(1, 2), NUMBERS), max_size=2),
    "Cell[Answer]": ANSWERS,
    "Cell[Subject]": SUBJECTS,
    "Cell[TensorValue | None]": st.none() | TENSORS,
    "Cell[Kept | None]": st.none() | st.builds(Kept, st.sampled_from("ab"), st.sampled_from(["", "model"])),
}
TYPES = {id(getattr(cells, name)): written for name, written in cells.__annotations__.items()}
HELD = {cell.name: OF_TYPE.get(TYPES.get(id(cell), "")) for cell in CELLS}
WHERE = (7, "weight")
ALONE = object()
"""Stands for a way that leaves a cell alone."""
lawful = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def told(held: Any) -> Hashable:
    """What a held value says, apart from the order of its options and the numbers of tensors made on the way."""
    match held:
        case TensorValue():
            return tuple((name, told(getattr(held, name))) for name in TENSOR_FIELDS)
        case Literal():
            return type(held.value), repr(held.value)
        case Choice():
            return frozenset(map(told, held.options))
        case Opaque() if held.among:
            return held.name, held.from_call, frozenset(map(told, held.among))
        case Value():
            return held.number
        case Entry():
            return told(held.value), held.site, held.certain
        case Mapping():
            return frozenset((key, told(value)) for key, value in held.items())
        case tuple():
            return tuple(map(told, held))
    return held  # type: ignore[no-any-return]


def test_there_are_values_for_every_cell() -> None:
    lacking = [name for name, values in HELD.items() if values is None]
    assert not lacking, f"say in OF_TYPE what these may hold: {lacking}"


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name.replace(" ", "_"))
@lawful
@given(data=st.data())
def test_a_join_is_lawful(cell: Cell[Any], data: st.DataObject) -> None:
    values = HELD[cell.name]
    assert values is not None
    one, two, three = (data.draw(values) for _ in range(3))
    join = cell.join
    assert told(join(one, one)) == told(one)
    assert told(join(one, two)) == told(join(two, one))
    assert told(join(join(one, two), three)) == told(join(one, join(two, three)))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name.replace(" ", "_"))
@lawful
@given(data=st.data())
def test_what_a_way_did_not_set_is_as_it_was(cell: Cell[Any], data: st.DataObject) -> None:
    """At first as at entry; on the ways that leave it alone as before they parted; and the ways have no order."""
    values = HELD[cell.name]
    assert values is not None
    before, set_there, set_elsewhere = (data.draw(values) for _ in range(3))
    assert State().get(cell, *WHERE) is cell.at_entry
    for start in (cell.at_entry, before):
        expected = told(reduce(cell.join, [set_there, set_elsewhere, start]))
        for order in permutations([set_there, set_elsewhere, ALONE]):
            state = State()
            if start is before:
                state.set(cell, before, *WHERE)
            here = state.fork()
            ways = [here.fork() for _ in order]
            for way, held in zip(ways, order, strict=True):
                if held is not ALONE:
                    way.set(cell, held, *WHERE)
            here.absorb([way.since(here) for way in ways], parted=100)
            assert told(here.get(cell, *WHERE)) == expected


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name.replace(" ", "_"))
@lawful
@given(data=st.data())
def test_ways_that_change_nothing_join_to_what_was(cell: Cell[Any], data: st.DataObject) -> None:
    values = HELD[cell.name]
    assert values is not None
    state = State()
    before = data.draw(values)
    state.set(cell, before, *WHERE)
    here = state.fork()
    here.absorb([here.fork().since(here) for _ in range(2)], parted=100)
    assert here.get(cell, *WHERE) is before
    assert not here.own


@lawful
@given(TENSORS, TENSORS)
def test_of_two_tensors_only_what_both_share_is_known(first: TensorValue, second: TensorValue) -> None:
    joined = join_tensors(first, second)
    for name in ("graph", "scaled", "divided", "trainable", "origin", "range", "shape", "output_of"):
        mine, other = getattr(first, name), getattr(second, name)
        if mine == other:
            assert getattr(joined, name) == mine
        else:
            assert getattr(joined, name) in (None, Answer.UNKNOWN, Origin.UNKNOWN, Range.UNKNOWN)
    for name in ("terms", "sums", "cuts", "loaders"):
        assert getattr(joined, name) == getattr(first, name) | getattr(second, name)
    assert joined.subject.own == first.subject.own & second.subject.own or first.subject == second.subject


def test_a_list_is_certain_of_what_both_ways_put_in() -> None:
    model, other, site = OBJECTS[-1], OBJECTS[-2], Site("train.py", 1)
    short = (Entry(model, site),)
    long = (Entry(model, site), Entry(other, site))
    joined = cells.join_entries(short, long)
    assert [(each.value, each.certain) for each in joined] == [(model, True), (other, False)]
