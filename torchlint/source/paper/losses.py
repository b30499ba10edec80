"""Losses on paper: what is compared with what, and the loss that comes out."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No
from torchlint.facts.event import LossComputed
from torchlint.facts.loss import LossCall, Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.losses import LOSSES
from torchlint.source.paper import modes
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.tensors import fact_of
from torchlint.source.paper.values import Arguments, Literal, TensorValue, Value


def compute(machine: Machine, name: str, arguments: Arguments, site: Site, *, functional: bool) -> Value:
    """The loss of a prediction and a target, by the name of its torch class."""
    kind = LOSSES[name]
    prediction = arguments.get("input", 0)
    target = arguments.get("target", 1)
    reduction = arguments.get("reduction") if functional else None
    if not kind.pairwise:
        call = LossCall(
            site=site,
            via=tuple(machine.via),
            loss=name,
            expects=kind.expects,
            symmetric=kind.symmetric,
            prediction=fact_of(prediction),
            target=fact_of(target),
            reduction=str(reduction.value) if isinstance(reduction, Literal) else "mean",
        )
        machine.record(call, name)
        machine.happen(LossComputed(site=site, via=tuple(machine.via), loss=call))
    _note_input_as_target(machine, prediction, target)
    return result(machine, list(arguments), name)


def result(machine: Machine, given: list[Value], name: str) -> TensorValue:
    """A loss made of these tensors."""
    subject = NOBODY
    loader = -1
    drawn: Site | None = None
    graph: Answer = modes.gradients(machine)
    tensors = [each for each in given if isinstance(each, TensorValue)]
    for each in tensors:
        subject = subject | each.subject if each.subject.own or each.subject.open else subject
        loader = max(loader, each.loader)
        drawn = drawn or each.drawn
    if tensors and all(each.graph is No for each in tensors):
        graph = No
    if not subject.own:
        subject = type(subject)(open=True)
    return TensorValue(
        origin=Origin.LOSS,
        subject=subject,
        loader=loader,
        graph=graph,
        drawn=drawn,
        of_loss=name,
        divided=No,
    )


def _note_input_as_target(machine: Machine, prediction: Value | None, target: Value | None) -> None:
    for first, second in ((prediction, target), (target, prediction)):
        if not (isinstance(first, TensorValue) and isinstance(second, TensorValue)):
            continue
        known = second.origin in (Origin.OUTPUT, Origin.LOSS) and first.loader >= 0
        if known and first.origin is Origin.INPUT:
            machine.batch_marks.setdefault(first.loader, set()).add("input is target")
