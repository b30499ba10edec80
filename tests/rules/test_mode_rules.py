"""The rules on modes and gradient recording, over facts made by hand."""

from __future__ import annotations

from dataclasses import replace

from torchlint_rules.mode import missing_eval_mode, missing_no_grad, train_mode_not_restored

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Forward
from torchlint.facts.layer import Layer
from torchlint.facts.run import Evaluation, TrainingIteration
from torchlint.facts.site import Site
from torchlint.facts.way import Way
from torchlint.finding import Severity

LOOP, CALL, EVAL = Site("train.py", 1), Site("train.py", 2), Site("train.py", 9)
FORWARD = Forward(site=CALL, model=Layer("Net", 1), training=Yes, gradients=Yes, on_data=Yes)


def evaluation(*forwards: Forward) -> Evaluation:
    return Evaluation(site=LOOP, forwards=forwards)


def iteration(forward: Forward) -> TrainingIteration:
    return TrainingIteration(site=LOOP, loop=Yes, ways=(Way((forward,)),), complete=Yes)


def test_evaluation_in_training_mode() -> None:
    assert [each.site for each in missing_eval_mode.check(evaluation(FORWARD))] == [CALL]
    unknown = replace(FORWARD, training=Unknown)
    assert not list(missing_eval_mode.check(evaluation(unknown)))
    assert not list(missing_eval_mode.check(evaluation(FORWARD, unknown)))
    free = replace(FORWARD, model=Layer("Net", 1, mode_dependent=No))
    assert not list(missing_eval_mode.check(evaluation(free)))
    at_play = replace(FORWARD, on_data=Unknown)
    assert not list(missing_eval_mode.check(evaluation(at_play)))
    depends = replace(at_play, model=Layer("Net", 1, mode_dependent=Yes))
    assert list(missing_eval_mode.check(evaluation(depends)))


def test_evaluation_that_records_a_graph() -> None:
    assert [each.site for each in missing_no_grad.check(evaluation(FORWARD))] == [LOOP]
    assert not list(missing_no_grad.check(evaluation(replace(FORWARD, gradients=Unknown))))


def test_evaluation_in_a_loop_that_also_trains() -> None:
    (violation,) = missing_no_grad.check(replace(evaluation(FORWARD), also_trains=Yes, via=(EVAL,)))
    assert (violation.site, violation.related[0].site) == (LOOP, EVAL)
    assert "set_grad_enabled(training)" in violation.instead


def test_training_that_goes_on_in_eval_mode() -> None:
    left = replace(FORWARD, training=Unknown, switches_to_eval=(EVAL,))
    (violation,) = train_mode_not_restored.check(iteration(left))
    assert (violation.site, violation.related[0].site, violation.severity) == (LOOP, EVAL, None)
    assert not list(train_mode_not_restored.check(iteration(replace(left, training=Yes))))
    assert not list(train_mode_not_restored.check(iteration(replace(left, switches_to_eval=()))))
    (harmless,) = train_mode_not_restored.check(iteration(replace(left, model=Layer("Net", 1, mode_dependent=No))))
    assert harmless.severity is Severity.ADVICE
