"""Predictions on paper: a model whose weights were loaded is run, and nothing trains it."""

from __future__ import annotations

from torchlint.facts.answer import Yes
from torchlint.facts.event import Forward
from torchlint.facts.run import Evaluation, Prediction
from torchlint.source.paper.detect.unit_tests import is_unit_test
from torchlint.source.paper.domain.values import Kind, Literal, Thing, Value
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import AS_BUILT, LOADED, MODES


def note_loaded(machine: Machine, owner: Value) -> None:
    """Weights are loaded into something."""
    machine.weights_set += 1
    machine.state.set(LOADED, Yes, owner.number)


def is_loaded(machine: Machine, model: Value) -> bool:
    """Whether a model's weights were loaded, or came with it."""
    return machine.state.get(LOADED, model.number) is Yes or (isinstance(model, Thing) and _pretrained(model))


def _pretrained(model: Thing) -> bool:
    """A torchvision model that was asked for its weights."""
    for name in ("weights", "pretrained"):
        given = model.arguments.keywords.get(name)
        if given is not None:
            return not (isinstance(given, Literal) and not given.value)
    return False


def note_forward(machine: Machine, model: Value, forward: Forward) -> None:
    """A model is run: it is a prediction, if nothing trains.

    Part of a model gets its mode from the whole; who calls `train()` to predict (to gather the statistics of batch
    norm, say) has said so.
    """
    inside = any(isinstance(each.receiver, Thing) and each.receiver.kind is Kind.LAYER for each in machine.frames)
    told = AS_BUILT not in machine.state.get(MODES, model.number) or is_unit_test(machine.frame.module)
    if forward.training is Yes and not inside and not told and is_loaded(machine, model):
        machine.predictions.append(Prediction(site=forward.site, via=forward.via, forward=forward))


def finish_entry(machine: Machine) -> None:
    """Tell of the predictions of a program that has ended, if it trained nothing."""
    if not machine.trained:
        for prediction in machine.predictions:
            machine.record(prediction)
    machine.predictions, machine.trained = [], False


def drop_evaluations(machine: Machine) -> None:
    """What an evaluation runs is told as such."""
    evaluated = {
        forward.site for fact in machine.facts.values() if isinstance(fact, Evaluation) for forward in fact.forwards
    }
    for key, fact in list(machine.facts.items()):
        if isinstance(fact, Prediction) and fact.site in evaluated:
            del machine.facts[key]
