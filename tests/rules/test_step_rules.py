"""The rules on the optimisation step, over iterations made by hand."""

from __future__ import annotations

from importlib import import_module

import pytest

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Clear, Clip, Event, Forward, Handed, Schedule, Step, Unscale, Unseen
from torchlint.facts.layer import Layer
from torchlint.facts.run import TrainingIteration
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.facts.way import Way
from torchlint.rule import load


def at(line: int) -> Site:
    return Site("train.py", line)


MINE, OTHER = Subject(frozenset({1}), open=False), Subject(frozenset({2}), open=False)
MODEL = Layer("Tagger", 1, recurrent=Yes)
CLEAR, CLEAR_AGAIN = Clear(site=at(1), subject=MINE), Clear(site=at(11), subject=MINE)
FORWARD = Forward(site=at(2), model=MODEL, subject=MINE, gradients=Yes)
BACKWARD, SCALED = Backward(site=at(3), subject=MINE), Backward(site=at(3), subject=MINE, scaled=Yes)
OTHER_BACKWARD = Backward(site=at(9), subject=OTHER)
CLIP = Clip(site=at(4), subject=MINE)
STEP = Step(site=at(5), optimizer=7, subject=MINE)
CLOSURE = Step(site=at(5), optimizer=7, subject=MINE, closure=Yes)
UNREAD_CLOSURE = Step(site=at(5), optimizer=7, subject=MINE, closure=Unknown)
RARE_STEP = Step(site=at(5), optimizer=7, subject=MINE, periodic=Yes)
UNSCALE = Unscale(site=at(6), subject=MINE)
SCHEDULE = Schedule(site=at(7), scheduler="StepLR", optimizer=7, ahead=Yes)
UNSEEN = Unseen(site=at(8), handed=frozenset({Handed.OPTIMIZER}))


def lines(rule: str, *ways: list[Event], complete: bool = True) -> list[int]:
    iteration = TrainingIteration(
        site=at(0),
        loop=Yes,
        ways=tuple(Way(tuple(way)) for way in ways),
        complete=Yes if complete else Unknown,
    )
    return found_by(rule, iteration)


def found_by(rule: str, iteration: TrainingIteration) -> list[int]:
    """The lines to which any check of a rule objects."""
    checks = load(import_module(f"torchlint_rules.step.{rule}")).checks
    return sorted(violation.site.line for check in checks for violation in check.violations(iteration))


@pytest.mark.parametrize(
    ("rule", "ways", "found"),
    [
        ("clip_after_step", [[CLEAR, BACKWARD, STEP, CLIP]], [4]),
        ("clip_after_step", [[CLEAR, BACKWARD, CLIP, STEP]], []),
        ("clip_after_step", [[CLEAR, BACKWARD, STEP, CLIP], [CLEAR, BACKWARD, CLIP]], []),
        ("clip_after_step", [[CLEAR, BACKWARD, STEP, UNSEEN, CLIP]], []),
        ("clip_after_step", [[CLEAR, CLOSURE, CLIP]], []),
        ("clip_before_backward", [[CLEAR, CLIP, BACKWARD, STEP]], [4]),
        ("clip_before_backward", [[CLEAR, CLIP, BACKWARD, STEP], [CLEAR, CLIP, FORWARD]], [4]),
        ("clip_before_backward", [[CLIP, STEP, CLEAR, BACKWARD]], []),
        ("clip_before_backward", [[CLEAR, BACKWARD, CLIP, BACKWARD, STEP]], []),
        ("missing_zero_grad", [[BACKWARD, STEP]], [3]),
        ("missing_zero_grad", [[BACKWARD, RARE_STEP], [BACKWARD]], [3]),
        ("missing_zero_grad", [[BACKWARD, STEP], [CLEAR]], []),
        ("missing_zero_grad", [[BACKWARD, STEP, UNSEEN]], []),
        ("missing_zero_grad", [[BACKWARD, UNREAD_CLOSURE]], []),
        ("missing_zero_grad", [[BACKWARD, CLOSURE]], [3]),
        ("missing_zero_grad", [[CLEAR, BACKWARD, CLOSURE]], []),
        ("gradients_cleared_before_step", [[BACKWARD, CLEAR, STEP]], [1]),
        ("gradients_cleared_before_step", [[CLEAR, STEP, BACKWARD]], [1]),
        ("gradients_cleared_before_step", [[STEP, CLEAR, BACKWARD]], []),
        ("gradients_cleared_before_step", [[CLEAR, BACKWARD, STEP, CLEAR_AGAIN]], []),
        ("gradients_cleared_before_step", [[CLEAR, BACKWARD, RARE_STEP], [CLEAR, BACKWARD]], [1]),
        ("gradients_cleared_before_step", [[BACKWARD, RARE_STEP, CLEAR], [BACKWARD]], []),
        (
            "gradients_cleared_before_step",
            [[CLEAR, BACKWARD, CLEAR_AGAIN, STEP], [CLEAR, BACKWARD, STEP]],
            [],
        ),
        ("missing_backward", [[CLEAR, FORWARD, STEP]], [5]),
        ("missing_backward", [[CLEAR, FORWARD, OTHER_BACKWARD, STEP]], [5]),
        ("missing_backward", [[CLEAR, FORWARD, STEP], [BACKWARD]], []),
        ("missing_backward", [[CLEAR, FORWARD, CLOSURE]], [5]),
        ("missing_backward", [[CLEAR, FORWARD, BACKWARD, CLOSURE]], []),
        ("missing_backward", [[CLEAR, FORWARD, UNREAD_CLOSURE]], []),
        ("missing_backward", [[STEP]], []),
        ("missing_gradient_clipping", [[CLEAR, FORWARD, BACKWARD, STEP]], [5]),
        ("missing_gradient_clipping", [[CLEAR, FORWARD, BACKWARD, CLIP, STEP]], []),
        ("missing_gradient_clipping", [[CLEAR, FORWARD, BACKWARD, UNSEEN, STEP]], []),
        ("clip_before_unscale", [[CLEAR, SCALED, CLIP, UNSCALE, STEP]], [4]),
        ("clip_before_unscale", [[CLEAR, SCALED, UNSCALE, CLIP, STEP]], []),
        ("clip_before_unscale", [[CLEAR, SCALED, CLIP, STEP], [CLEAR, BACKWARD, CLIP, STEP]], []),
        ("scheduler_before_optimizer", [[SCHEDULE, CLEAR, BACKWARD, STEP]], [7]),
        ("scheduler_before_optimizer", [[CLEAR, BACKWARD, STEP, SCHEDULE]], []),
    ],
)
def test_orders_of_events(rule: str, ways: list[list[Event]], found: list[int]) -> None:
    assert lines(rule, *ways) == found


@pytest.mark.parametrize("rule", ["missing_zero_grad", "missing_backward", "gradients_cleared_before_step"])
def test_what_was_not_read_whole_is_not_judged_by_what_is_absent(rule: str) -> None:
    assert lines(rule, [FORWARD, BACKWARD, CLEAR, STEP], complete=False) == []
    assert lines(rule, [FORWARD, STEP], complete=False) == []


def test_a_scheduler_in_the_loop_around_is_judged_by_where_it_stands() -> None:
    def found(line: int, ahead: Answer = Yes) -> list[int]:
        iteration = TrainingIteration(
            site=at(20),
            loop=Yes,
            ways=(Way((CLEAR, BACKWARD, STEP)),),
            complete=Yes,
            around=(Schedule(site=at(line), scheduler="StepLR", optimizer=7, epoch_given=No, ahead=ahead),),
        )
        return found_by("scheduler_before_optimizer", iteration)

    assert found(19) == [19]
    assert found(30) == []
    assert found(19, ahead=No) == []
    assert found(19, ahead=Unknown) == []


CALM = (1.0, 1.2, 0.9, 1.1, 1.0, 0.8, 1.3, 1.0, 0.9)
PLAIN_FORWARD = Forward(site=at(2), model=Layer("Net", 1, recurrent=No), subject=MINE, gradients=Yes)


@pytest.mark.parametrize(
    ("norms", "events", "found"),
    [
        (CALM, [BACKWARD, STEP], []),
        ((*CALM, 500.0, 1.0), [BACKWARD, STEP], [5]),
        ((*CALM, 500.0, 1.0), [BACKWARD, CLIP, STEP], []),
        ((*CALM, 500.0, 600.0), [BACKWARD, STEP], []),
        ((1.0, 500.0, 1.0), [BACKWARD, STEP], []),
        ((90.0, 200.0, 20.0, *(each / 100 for each in CALM)), [BACKWARD, STEP], []),
    ],
)
def test_a_spike_of_norms_that_nothing_clips(norms: tuple[float, ...], events: list[Event], found: list[int]) -> None:
    way = Way((CLEAR, PLAIN_FORWARD, *events))
    iteration = TrainingIteration(site=at(0), loop=Yes, ways=(way,), complete=Yes, norms=((at(5), norms),))
    assert found_by("missing_gradient_clipping", iteration) == found
