"""Losses on paper: what is compared with what, and the loss that comes out."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import LossComputed
from torchlint.facts.loss import LossCall, Origin, Reduction
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.losses import LOSSES, LossKind
from torchlint.source.paper.domain.quantity import Quantity
from torchlint.source.paper.domain.tensor import TensorValue, loaders_of
from torchlint.source.paper.domain.values import Arguments, Literal, Opaque, Value, is_none, numbers
from torchlint.source.paper.models.tensors.graphs import join_graphs
from torchlint.source.paper.models.tensors.operations import fact_of, facts_of
from torchlint.source.paper.occurrences.training import LossCompared, LossMade
from torchlint.source.paper.python.machine import Machine


def compute(
    machine: Machine, name: str, arguments: Arguments, site: Site, settings: Arguments, settings_at: Site | None
) -> Value:
    """The loss of a prediction and a target, by the name of its torch class.

    `settings` are its other arguments, and `settings_at` is the call that is given them.
    """
    kind = LOSSES[name]
    prediction = arguments.get("input", 0)
    target = arguments.get("target", 1)
    reduction = _reduction(kind, settings)
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
                reconstructs=_reconstructs(prediction, target),
                reduction=reduction,
                settings_at=settings_at,
            )
            for predicted in facts_of(prediction)
        )
        machine.happen(LossComputed(site=site, via=tuple(machine.via)))
    # Weights of classes, an index to ignore and the like have no part in the graph.
    compared = [each for each in (prediction, target) if each is not None]
    given = list(arguments) if kind.pairwise or arguments.unknown else compared
    made = result(machine, given, name, divided=No if reduction is Reduction.MEAN else Unknown)
    if reduction in (Reduction.MEAN, Reduction.BATCH_MEAN):
        made = made.refined(quantity=Quantity.MEAN)
    machine.tell(LossCompared(prediction, target, kind.symmetric, calls, made, settings))
    return made


def _reduction(kind: LossKind, settings: Arguments) -> Reduction:
    """What a loss makes of many numbers; `size_average` and `reduce`, of older releases, overrule `reduction`."""
    averages, reduces, given = (setting(kind, settings, name) for name in ("size_average", "reduce", "reduction"))
    if averages is not None or reduces is not None:
        match _is_true(averages), _is_true(reduces):
            case _, Answer.NO:
                return Reduction.NONE
            case Answer.YES, Answer.YES:
                return Reduction.MEAN
            case Answer.NO, Answer.YES:
                return Reduction.SUM
        return Reduction.UNKNOWN
    if given is None:
        return Reduction.UNKNOWN if settings.unknown else Reduction.MEAN
    known = given.value if isinstance(given, Literal) else None
    return next((each for each in Reduction if each.value == known), Reduction.UNKNOWN)


def setting(kind: LossKind, settings: Arguments, name: str) -> Value | None:
    """What a loss is given for one of its settings; None where it is given nothing."""
    names = kind.settings.split()
    given = settings.get(name, names.index(name) if name in names else None)
    return None if given is not None and is_none(given) else given


def _is_true(given: Value | None) -> Answer:
    if given is None:
        return Yes
    return Answer.of(bool(given.value)) if isinstance(given, Literal) else Unknown


def _reconstructs(first: Value | None, second: Value | None) -> Answer:
    """Whether two tensors come from the same data."""
    if not isinstance(first, TensorValue) or not isinstance(second, TensorValue):
        return Unknown
    known = first.roots and second.roots
    return Answer.of(not first.roots.isdisjoint(second.roots)) if known else Unknown


def result(machine: Machine, given: list[Value], name: str, divided: Answer = Unknown) -> TensorValue:
    """A loss made of these tensors."""
    subject = NOBODY
    drawn: Site | None = None
    tensors = [each for each in given if isinstance(each, TensorValue)]
    graph = any(each.graph is not No for each in tensors)
    for each in tensors:
        if (each.subject.own or each.subject.open) and not (graph and each.graph is No):
            subject = subject | each.subject
        drawn = drawn or each.drawn
    if not subject.own:
        subject = type(subject)(open=True)
    number = numbers()
    made = TensorValue(
        number=number,
        origin=Origin.LOSS,
        subject=subject,
        loaders=loaders_of(tensors),
        drawn=drawn,
        terms=frozenset((number,)),
        of_loss=name,
        divided=divided,
        made=machine.site(machine.place.line),
        severed=frozenset().union(*(each.severed for each in tensors)),
    )
    machine.tell(LossMade(tuple(tensors), read=bool(name)))
    # A loss that was not read may have parameters of its own.
    return join_graphs(machine, made, given if name else [*given, Opaque()])
