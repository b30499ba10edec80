"""What the joins of the run on paper keep, by example; that they are lawful is tested in `test_state_laws.py`."""

from __future__ import annotations

from typing import Any

import pytest

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.layer import Range
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY, Subject
from torchlint.source.paper.domain.join import FEW, either, join_subjects, join_tables, join_tensors, one_of
from torchlint.source.paper.domain.tensor import NO_LOADER, Cut, TensorValue, loaders_of
from torchlint.source.paper.domain.values import UNSET, Choice, Kind, Literal, Opaque, Thing, Value
from torchlint.source.paper.state import cells
from torchlint.source.paper.state.cell import Cell
from torchlint.source.paper.state.cells import Entry
from torchlint.source.paper.state.state import State

ONE, TWO = Site("train.py", 1), Site("train.py", 2)
MODELS = tuple(Thing(kind=Kind.LAYER) for _ in range(FEW + 1))


# Values.


def test_answers_that_differ_join_to_unknown() -> None:
    for first in Answer:
        for second in Answer:
            assert join((first, second)) is (first if first is second else Unknown)


def test_the_same_constant_is_one_value_and_other_constants_are_two() -> None:
    assert isinstance(either(Literal(value=1), Literal(value=1)), Literal)
    assert isinstance(either(Literal(value=1), Literal(value=True)), Choice)
    assert isinstance(either(MODELS[0], MODELS[1]), Choice)


def test_among_several_values_there_is_one_tensor() -> None:
    joined = one_of((TensorValue(graph=Yes), MODELS[0], TensorValue(graph=No)))
    assert isinstance(joined, Choice)
    tensors = [each for each in joined.options if isinstance(each, TensorValue)]
    assert [each.graph for each in tensors] == [Unknown]
    assert MODELS[0] in joined.options


def test_few_values_are_told_apart_and_of_many_only_their_part_is_known() -> None:
    assert isinstance(one_of(MODELS[:FEW]), Choice)
    many = one_of(MODELS)
    assert isinstance(many, Opaque)
    assert many.name == Kind.LAYER.value
    assert many.among == MODELS


@pytest.mark.parametrize("other", [UNSET, Literal(value=None)], ids=["unset", "none"])
def test_what_may_not_be_there_plays_no_part(other: Value) -> None:
    many = one_of((*MODELS, other))
    assert isinstance(many, Opaque)
    assert many.name == Kind.LAYER.value


@pytest.mark.parametrize("other", [Literal(value=3), Thing(kind=Kind.LOSS), Opaque(name="criterion")])
def test_objects_of_several_kinds_have_no_part_in_common(other: Value) -> None:
    many = one_of((*MODELS, other))
    assert isinstance(many, Opaque)
    assert many.name == ""


def test_values_from_outside_are_known_by_their_name_and_whether_calls_gave_them() -> None:
    given = one_of([Opaque(name="loader", from_call=True) for _ in range(FEW + 1)])
    assert isinstance(given, Opaque)
    assert (given.name, given.from_call) == ("loader", True)
    mixed = one_of([Opaque(name="loader", from_call=number > 0) for number in range(FEW + 1)])
    assert isinstance(mixed, Opaque)
    assert not mixed.from_call
    objects = one_of(MODELS)
    assert isinstance(objects, Opaque)
    assert not objects.from_call


# Tensors.


@pytest.mark.parametrize(
    ("name", "one", "other", "joined"),
    [
        ("cut", Cut(ONE), Cut(TWO), Cut(ONE)),
        ("cut", Cut(ONE, by_mode=True), Cut(ONE), Cut(ONE)),
        ("cut", None, Cut(TWO), Cut(TWO)),
        ("normalised", True, False, True),
        ("given", True, False, True),
        ("reduced", True, False, True),
        ("moved", True, False, False),
        ("weighed", True, False, False),
        ("range", Range.RAW, Range.PROBABILITIES, Range.UNKNOWN),
        ("activation", ONE, TWO, ONE),
        ("activation", ONE, None, None),
        ("drawn", ONE, None, None),
        ("of_loss", "MSELoss", "", ""),
        ("output_of", (1, ""), (2, ""), None),
        ("shape", (2, 3), (2, None), None),
        ("parts", ((2,), (3,)), (), ()),
        ("terms", frozenset({1}), frozenset({2}), frozenset({1, 2})),
        ("loaders", frozenset({1}), frozenset({NO_LOADER}), frozenset({1, NO_LOADER})),
        ("scaled", Yes, No, Unknown),
        ("divided", Yes, No, Unknown),
        ("trainable", Yes, No, Unknown),
    ],
)
def test_what_two_tensors_share(name: str, one: Any, other: Any, joined: Any) -> None:
    for first, second in ((one, other), (other, one)):
        made = join_tensors(TensorValue(**{name: first}), TensorValue(**{name: second}))
        assert getattr(made, name) == joined
    for same in (one, other):
        made = join_tensors(TensorValue(**{name: same}), TensorValue(**{name: same}))
        assert getattr(made, name) == same


def test_a_tensor_with_other_values_keeps_no_shape_and_is_no_output() -> None:
    tensor = TensorValue(shape=(2, 3), output_of=(1, ""), graph=Yes)
    assert (tensor.but(graph=No).shape, tensor.but(graph=No).output_of) == (None, (1, ""))
    assert tensor.but(range=Range.RAW).output_of is None
    assert tensor.refined(graph=No).shape == (2, 3)
    assert tensor.refined(graph=No).number == tensor.number


def test_what_is_made_of_tensors_comes_from_their_loaders() -> None:
    batch, made, perhaps = (TensorValue(loaders=frozenset(some)) for some in ({3}, {NO_LOADER}, {3, NO_LOADER}))
    assert loaders_of([]) == frozenset({NO_LOADER})
    assert loaders_of([batch, made]) == frozenset({3})
    assert loaders_of([perhaps, made]) == frozenset({3, NO_LOADER})
    assert (batch.from_loader, made.from_loader, perhaps.from_loader) == (Yes, No, Unknown)
    assert (batch.loader, made.loader, perhaps.loader) == (3, NO_LOADER, 3)


def test_parameters_that_two_subjects_share() -> None:
    first = Subject(frozenset({1, 2}), frozenset({7, 8}), open=False)
    second = Subject(frozenset({2, 3}), frozenset({8, 9}), open=False)
    assert join_subjects(first, second) == Subject(frozenset({2}), frozenset({8}), open=True)
    assert join_subjects(first, first) == first
    assert join_subjects(first, NOBODY) == Subject(open=True)


# Containers.


def test_an_item_that_one_way_put_in_is_not_certain() -> None:
    both, alone = Entry(MODELS[0], ONE), Entry(MODELS[1], TWO)
    for first, second in (((both, alone), (both,)), ((both,), (both, alone))):
        assert cells.join_entries(first, second) == (both, alone._replace(certain=False))
    assert cells.join_entries((), (both,)) == (both._replace(certain=False),)


def test_items_at_one_position_are_joined() -> None:
    first, second = Entry(MODELS[0], TWO), Entry(MODELS[1], ONE, certain=False)
    for one, other in ((first, second), (second, first)):
        (joined,) = cells.join_entries((one,), (other,))
        assert isinstance(joined.value, Choice)
        assert (joined.site, joined.certain) == (ONE, False)


def test_a_key_that_one_way_set_may_not_be_there() -> None:
    for first, second in (({"a": MODELS[0]}, {}), ({}, {"a": MODELS[0]})):
        joined = join_tables(first, second)["a"]
        assert isinstance(joined, Choice)
        assert set(joined.options) == {UNSET, MODELS[0]}
    assert join_tables({"a": MODELS[0]}, {"a": MODELS[0]}) == {"a": MODELS[0]}


def test_what_holds_at_entry() -> None:
    held = {cell: State().get(cell, 7) for cell in cells.CELLS}
    assert held[cells.GRADIENTS] is Yes
    assert all(held[each] is No for each in (cells.BUFFER, cells.FROZEN, cells.LOADED, cells.INITIALISED, cells.SEEDED))
    assert all(held[each] is False for each in (cells.OPEN, cells.BUILT, cells.RUNS_UNKNOWN))
    assert held[cells.LOCAL] is held[cells.ATTRIBUTE] is UNSET
    assert held[cells.MODES] == frozenset({cells.AS_BUILT})


# The state.


def parted(*ways: dict[tuple[Any, ...], Any], parted_at: int = 100, at_once: bool = False) -> State:
    """A state in which these ways met, each by what it set: a cell and where, and the value."""
    here = State().fork()
    taken = []
    for each in ways:
        way = here.fork()
        for (cell, *where), value in each.items():
            way.set(cell, value, *where)
        taken.append(way.since(here))
    here.absorb(taken, parted_at, at_once=at_once)
    return here


FROZEN: Cell[Answer] = cells.FROZEN


def test_of_an_object_from_before_the_other_way_holds_what_was() -> None:
    assert parted({(FROZEN, 7): Yes}, {}).get(FROZEN, 7) is Unknown
    assert parted({}, {(cells.GRADIENTS,): No}).get(cells.GRADIENTS) is Unknown


def test_of_an_object_that_one_way_made_only_that_way_tells() -> None:
    assert parted({(FROZEN, 200): Yes}, {}).get(FROZEN, 200) is Yes
    assert parted({(FROZEN, 200): Yes}, {}, at_once=True).get(FROZEN, 200) is Yes


def test_a_way_that_has_an_object_and_says_nothing_tells_what_holds_at_entry() -> None:
    ways = {(FROZEN, 200): Yes, (cells.LOADED, 200): Yes}, {(cells.LOADED, 200): Yes}
    assert parted(*ways).get(FROZEN, 200) is Unknown
    assert parted(*reversed(ways)).get(FROZEN, 200) is Unknown


def test_one_way_alone_is_what_holds() -> None:
    assert parted({(FROZEN, 7): Yes}).get(FROZEN, 7) is Yes


def test_a_variable_holds_a_tensor_as_it_is_at_the_end_of_the_way() -> None:
    tensor = TensorValue(graph=Yes)
    changed = tensor.refined(graph=No)
    for cell in (cells.LOCAL, cells.ATTRIBUTE):
        rewritten = {(cell, 7, "loss"): tensor, (cells.REWRITTEN, tensor.number): changed}
        held = parted(rewritten, {(cell, 7, "loss"): tensor}, parted_at=tensor.number).get(cell, 7, "loss")
        assert isinstance(held, TensorValue)
        assert held.graph is Unknown


def test_what_outlives_a_program() -> None:
    base = State()
    base.set(cells.NAMES, frozenset({"net"}), 7)
    program = base.fork()
    program.set(cells.NAMES, frozenset({"model"}), 7)
    program.set(cells.NAMES, frozenset({"head"}), 8)
    program.set(FROZEN, Yes, 7)
    program.set(FROZEN, Yes, 200)
    program.set(cells.LOADED, Yes, 200)
    kept = program.publish(since=100)
    assert kept is base
    assert kept.get(cells.NAMES, 7) == {"net", "model"}
    assert kept.get(cells.NAMES, 8) == {"head"}
    assert (kept.get(FROZEN, 7), kept.get(FROZEN, 200)) == (No, Yes)
    assert kept.get(cells.LOADED, 200) is No
