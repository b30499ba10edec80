"""Running sums and lists of losses on paper: what is carried, with its graph, from one iteration to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Accumulate, Backward, Event, Step
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import SumKey, TensorValue
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.models.graphs import terms_of
from torchlint.source.paper.python.machine import KeptSum, Loop, Machine


def accumulate(machine: Machine, before: Iterable[Value], added: Value, site: Site) -> SumKey | None:
    """A value is added to a sum or a list that holds these; the key under which the sum is to be remembered."""
    if not isinstance(added, TensorValue) or added.graph is not Yes or machine.forward_depth:
        return None
    key = _key(machine, site)
    if key is not None and any(isinstance(each, TensorValue) and key in each.sums for each in before):
        event = Accumulate(site=site, via=tuple(machine.via), graph=Yes)
        machine.happen(event)
        machine.sums[event] = KeptSum(event, key, terms_of(added), is_loss=added.origin is Origin.LOSS)
    return key


def _key(machine: Machine, site: Site) -> SumKey | None:
    """The innermost loop whose items are not known one by one, and where its iteration stands in the others."""
    for loop, item in zip(reversed(machine.loops), reversed(machine.unrolled), strict=False):
        if item is None:
            return site, loop.number, tuple(machine.unrolled)
    return None


def note_loop(machine: Machine, loop: Loop, found: list[Event], *, evaluates: bool) -> None:
    """A loop is over: a sum that it carried across steps, or through an evaluation, is no loss to be trained on."""
    kinds = {type(event) for event in found}
    for event in found:
        kept = machine.sums.get(event) if isinstance(event, Accumulate) else None
        if kept is not None and kept.key[1] == loop.number:
            kept.across_steps = evaluates or (Backward in kinds and Step in kinds)


def note_sums(machine: Machine) -> None:
    """Tell of the losses that were kept with their graph."""
    for kept in machine.sums.values():
        freed = kept.terms <= machine.backward_terms
        if not freed and not (kept.is_loss and kept.across_steps):
            continue
        summed: Answer = Yes if kept.key in machine.backward_sums else No
        if summed is No and not freed and kept.key in machine.escaped_sums:
            summed = Unknown
        event = replace(kept.event, freed=Answer.of(freed), summed=summed)
        machine.record(event, kept.key)
