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
from torchlint.source.paper.models.tensors.graphs import join_graphs
from torchlint.source.paper.models.tensors.operations import fact_of, facts_of
from torchlint.source.paper.occurrences.training import LossCompared, LossMade
from torchlint.source.paper.python.machine import Machine


def compute(machine: Machine, name: str, arguments: Arguments, site: Site, reduction: Value | None) -> Value:
    """The loss of a prediction and a target, by the name of its torch class; `reduction` as it was given, if it was."""
    kind = LOSSES[name]
    prediction = arguments.get("input", 0)
    target = arguments.get("target", 1)
    reduced = "mean" if reduction is None else None
    if isinstance(reduction, Literal):
        reduced = str(reduction.value)
    calls: tuple[LossCall, ...] = ()
    if not kind.pairwise:
        calls = tuple(
            LossCall(
                site=site,
                via=tuple(machine.via),
                loss=name,
                expects=kind.expects,
                symmetric=kind.symmetric,
                prediction=predicted,
                target=fact_of(target),
            )
            for predicted in facts_of(prediction)
        )
        machine.happen(LossComputed(site=site, via=tuple(machine.via)))
    machine.tell(LossCompared(prediction, target, kind.symmetric, calls))
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
    machine.tell(LossMade(tuple(tensors), read=bool(name)))
    # A loss that was not read may have parameters of its own.
    return join_graphs(machine, made, given if name else [*given, Opaque()])
