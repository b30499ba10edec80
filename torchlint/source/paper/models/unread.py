"""Calls that could not be looked into, on paper."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown
from torchlint.facts.event import Handed, Unseen
from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.knowledge.names import may_step, names_optimizer
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Kind, Opaque, Thing, Value, options
from torchlint.source.paper.models.torch import averages
from torchlint.source.paper.models.torch.modes import forget_mode
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.training import WeightsSet
from torchlint.source.paper.python.machine import Machine

HANDED = {Kind.OPTIMIZER: Handed.OPTIMIZER, Kind.SCALER: Handed.SCALER, Kind.SCHEDULER: Handed.SCHEDULER}


def unread_call(machine: Machine, name: str, arguments: Arguments, site: Site, *, harmless: bool = False) -> Value:
    """A call that could not be looked into: what it was given may have been changed."""
    handed: set[Handed] = set()
    tensor: TensorValue | None = None
    for argument in arguments:
        for each in options(argument):
            match each:
                case Thing() if each.kind in HANDED:
                    handed.add(HANDED[each.kind])
                case Thing() if each.kind is Kind.LAYER:
                    handed.add(Handed.MODEL)
                    if not harmless:
                        forget_mode(machine, each)
                        averages.refresh(machine, each)
                        machine.tell(WeightsSet())
                case TensorValue():
                    tensor = tensor or each
                    if each.origin is Origin.LOSS and each.graph is not No:
                        handed.add(Handed.LOSS)
    steps = Unknown if not harmless and may_step(name) else No
    if not harmless:
        # What is given a loss or an optimizer may train with it.
        optimizers = any(names_optimizer(name) for each in arguments for name in machine.names_of(each))
        machine.tell(CallUnread(arguments, may_train=optimizers or Handed.LOSS in handed))
    if (handed or steps is Unknown) and not harmless:
        machine.happen(Unseen(site=site, via=tuple(machine.via), handed=frozenset(handed), steps=steps))
    loaders = [each for each in arguments if isinstance(each, Thing) and each.kind is Kind.LOADER]
    if loaders and len(arguments.positional) <= 2:
        return Thing(kind=Kind.ITERATOR, dotted=name, arguments=Arguments(list(loaders)), site=site)
    if tensor is not None and tensor.origin is not Origin.LOSS:
        return tensor.but(
            origin=Origin.UNKNOWN, range=Range.UNKNOWN, activation=None, graph=Unknown, cut=None, divided=Unknown
        )
    return Opaque(from_call=True, name=name)
