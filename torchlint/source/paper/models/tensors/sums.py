"""Running sums and lists of losses: what is added to what a loop carries on."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.answer import Yes
from torchlint.facts.event import Accumulate
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import SumKey, TensorValue
from torchlint.source.paper.domain.values import Value, options
from torchlint.source.paper.models.tensors.graphs import terms_of
from torchlint.source.paper.occurrences.training import Accumulated
from torchlint.source.paper.python.machine import Machine


def accumulate(machine: Machine, before: Iterable[Value], added: Value, site: Site) -> SumKey | None:
    """A value is added to a sum or a list that holds these; the key under which the sum is to be remembered."""
    if not isinstance(added, TensorValue) or added.graph is not Yes or machine.place.forward_depth:
        return None
    key = _key(machine, site)
    held = [option for each in before for option in options(each)]
    if key is not None and any(isinstance(each, TensorValue) and key in each.sums for each in held):
        event = Accumulate(site=site, via=tuple(machine.via), graph=Yes)
        machine.happen(event)
        machine.tell(Accumulated(event, key, terms_of(added), is_loss=added.origin is Origin.LOSS))
    return key


def _key(machine: Machine, site: Site) -> SumKey | None:
    """The innermost loop whose items are not known one by one, and where its iteration stands in the others."""
    for loop in reversed(machine.loops):
        if loop.item is None:
            return site, loop.number, machine.items()
    return None
