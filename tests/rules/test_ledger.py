"""The ledger of gradients, over ways made by hand."""

from __future__ import annotations

import pytest

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Clear, Clip, Event, Handed, Step, Unscale, Unseen
from torchlint.facts.ledger import Gradients, Ledger
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, Subject
from torchlint.facts.way import Way

HERE = Site("train.py", 1)
MINE, OTHER = Subject(frozenset({1}), open=False), Subject(frozenset({2}), open=False)
BACKWARD, SCALED = Backward(site=HERE, subject=MINE), Backward(site=HERE, subject=MINE, scaled=Yes)
STEP, CLOSURE = Step(site=HERE, optimizer=1, subject=MINE), Step(site=HERE, optimizer=1, subject=MINE, closure=Yes)
CLIP, CLEAR, UNSCALE = Clip(site=HERE, subject=MINE), Clear(site=HERE, subject=MINE), Unscale(site=HERE, subject=MINE)
UNSEEN = Unseen(site=HERE, handed=frozenset({Handed.MODEL}))
HARMLESS = Unseen(site=HERE, handed=frozenset())
PERHAPS_STEP, PERHAPS_CLEAR = Step(site=HERE, optimizer=2, subject=ANYBODY), Clear(site=HERE, subject=ANYBODY)
PERHAPS_BACKWARD = Backward(site=HERE, subject=ANYBODY)


class Mark(Event):
    """A place on a way."""


def gradients(*events: Event, repeats: bool = False) -> Gradients:
    """What is known at the mark among the events, or behind them."""
    mark = Mark(site=HERE)
    way = Way(events if any(isinstance(event, Mark) for event in events) else (*events, mark))
    (moment,) = way.moments(Mark)
    return Ledger([way], MINE.concerns).at(moment, repeats=repeats)


@pytest.mark.parametrize(
    ("events", "present"),
    [
        ([], Unknown),
        ([BACKWARD], Yes),
        ([BACKWARD, STEP], No),
        ([BACKWARD, CLOSURE], Unknown),
        ([BACKWARD, CLEAR], No),
        ([CLEAR, BACKWARD, CLIP], Yes),
        ([BACKWARD, UNSEEN], Unknown),
        ([BACKWARD, HARMLESS], Yes),
        ([BACKWARD, PERHAPS_STEP], Unknown),
        ([CLEAR, PERHAPS_STEP], No),
        ([CLEAR, PERHAPS_BACKWARD], Unknown),
        ([BACKWARD, PERHAPS_BACKWARD], Yes),
        ([BACKWARD, Step(site=HERE, optimizer=2, subject=OTHER), Clear(site=HERE, subject=OTHER)], Yes),
        ([Backward(site=HERE, subject=MINE, by_framework=True)], Yes),
        ([Backward(site=HERE, subject=MINE, by_framework=True, may_clear=True)], Unknown),
    ],
)
def test_whether_there_are_gradients(events: list[Event], present: Answer) -> None:
    assert gradients(*events).present is present


def test_a_loop_brings_gradients_along() -> None:
    mark = Mark(site=HERE)
    assert gradients(mark, BACKWARD).present is Unknown
    assert gradients(mark, BACKWARD, repeats=True).present is Yes
    assert gradients(mark, BACKWARD, STEP, repeats=True).present is No


def test_which_scaled_loss_they_are_of() -> None:
    assert gradients(SCALED).scaled_by is SCALED
    assert gradients(SCALED, PERHAPS_BACKWARD).scaled_by is SCALED
    for after in (UNSCALE, STEP, PERHAPS_STEP, UNSEEN, BACKWARD):
        assert gradients(SCALED, after).scaled_by is None


def test_which_step_used_them_and_what_clipped_them() -> None:
    assert gradients(BACKWARD, STEP).used_by is STEP
    assert gradients(STEP).used_by is None
    assert gradients(BACKWARD, UNSEEN, STEP).used_by is None
    assert gradients(BACKWARD, STEP, BACKWARD).used_by is None
    assert gradients(BACKWARD, CLIP, STEP).clipped_by is CLIP
    assert gradients(CLIP, BACKWARD).clipped_by is None


def test_which_backwards_added_to_them() -> None:
    assert gradients(BACKWARD, SCALED, STEP).computed_by == (BACKWARD, SCALED)
    assert gradients(BACKWARD, CLEAR, SCALED).computed_by == (SCALED,)
    assert gradients(BACKWARD, PERHAPS_CLEAR, SCALED).computed_by == (SCALED,)


def test_what_comes_next() -> None:
    mark = Mark(site=HERE)
    way = Way((BACKWARD, mark, Clear(site=HERE, subject=OTHER), PERHAPS_STEP, CLIP, UNSEEN, STEP))
    (moment,) = way.moments(Mark)
    ledger = Ledger([way], MINE.concerns)
    assert list(ledger.ahead(moment)) == [(PERHAPS_STEP, False), (CLIP, True)]
    (moment,) = (way := Way((BACKWARD, mark, CLIP))).moments(Mark)
    assert [event for event, _ in Ledger([way], MINE.concerns).ahead(moment, repeats=True)] == [CLIP, BACKWARD]
    assert (ledger.events(Step), ledger.surely(Step)) == ((PERHAPS_STEP, STEP), (STEP,))
