"""Losses on paper: what is compared with what, and the loss that comes out."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.event import LossComputed
from torchlint.facts.loss import LossCall, Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.losses import LOSSES
from torchlint.source.paper.domain.tensor import TensorValue, loaders_of
from torchlint.source.paper.domain.values import Arguments, Literal, Opaque, Value
from torchlint.source.paper.models.graphs import join_graphs
from torchlint.source.paper.models.tensors import fact_of
from torchlint.source.paper.python.machine import Machine


def compute(machine: Machine, name: str, arguments: Arguments, site: Site, reduction: Value | None) -> Value:
    """The loss of a prediction and a target, by the name of its torch class; `reduction` as it was given, if it was."""
    kind = LOSSES[name]
    prediction = arguments.get("input", 0)
    target = arguments.get("target", 1)
    reduced = "mean" if reduction is None else None
    if isinstance(reduction, Literal):
        reduced = str(reduction.value)
    if not kind.pairwise:
        call = LossCall(
            site=site,
            via=tuple(machine.via),
            loss=name,
            expects=kind.expects,
            symmetric=kind.symmetric,
            prediction=fact_of(prediction),
            target=fact_of(target),
        )
        machine.record(call, name)
        machine.happen(LossComputed(site=site, via=tuple(machine.via)))
        if isinstance(prediction, TensorValue) and prediction.output_of is not None:
            machine.losses_of.setdefault(prediction.output_of, set()).add(name)
    _note_input_as_target(machine, prediction, target)
    if kind.symmetric and isinstance(target, TensorValue) and target.origin is Origin.TARGET:
        machine.batch_marks.setdefault(target.loader, set()).add("target is approached")
    return result(machine, list(arguments), name, divided=No if reduced == "mean" else Unknown)


def result(machine: Machine, given: list[Value], name: str, divided: Answer = Unknown) -> TensorValue:
    """A loss made of these tensors."""
    subject = NOBODY
    drawn: Site | None = None
    tensors = [each for each in given if isinstance(each, TensorValue)]
    for each in tensors:
        subject = subject | each.subject if each.subject.own or each.subject.open else subject
        drawn = drawn or each.drawn
    if not subject.own:
        subject = type(subject)(open=True)
    made = TensorValue(
        origin=Origin.LOSS, subject=subject, loaders=loaders_of(tensors), drawn=drawn, of_loss=name, divided=divided
    )
    _note_comparison(machine, tensors, read=bool(name))
    # A loss that was not read may have parameters of its own.
    return join_graphs(machine, made, given if name else [*given, Opaque()])


def _note_comparison(machine: Machine, given: list[TensorValue], *, read: bool) -> None:
    """Remember that what a model made of a batch was compared with another part of it, or nobody saw with what.

    A loss that was not read and is given no target may compare with the input.
    """
    unseen = not read and all(each.origin in (Origin.OUTPUT, Origin.LOSS) for each in given)
    for each in given:
        if each.origin is Origin.TARGET or unseen:
            machine.batch_marks.setdefault(each.loader, set()).add("compared unseen" if unseen else "compared")


def _note_input_as_target(machine: Machine, prediction: Value | None, target: Value | None) -> None:
    for first, second in ((prediction, target), (target, prediction)):
        if not (isinstance(first, TensorValue) and isinstance(second, TensorValue)):
            continue
        known = second.origin in (Origin.OUTPUT, Origin.LOSS) and first.loader >= 0
        if known and first.origin is Origin.INPUT:
            machine.batch_marks.setdefault(first.loader, set()).add("input is target")
