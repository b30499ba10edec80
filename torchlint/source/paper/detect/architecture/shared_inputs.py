"""Detects tensors that a layer changed in place, and that are used afterwards under the name that they had before."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.layer import SharedInputChanged
from torchlint.knowledge.functional import ASKED_FOR_SIZE, LIKE_ANOTHER
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Many, Symbol, Table, Thing, Value
from torchlint.source.paper.models.torch.in_place import first_layer, plain_name
from torchlint.source.paper.occurrences.calls import CallReturned, Operated
from torchlint.source.paper.occurrences.layers import LayerRun, TensorChanged, TensorPassedOn
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import CHANGED, Change
from torchlint.source.paper.state.containers import values_in


class SharedInputs(Detector):
    """Uses of a tensor after a block whose first layer changed it; listens from the first such change on.

    A change whose result nothing takes (`self.relu(x)` as a statement) is meant to change the tensor.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._follows = False
        self._taken: set[int] = set()

    @listens
    def follow(self, _: TensorChanged) -> None:
        """Listen to all that uses a tensor."""
        if not self._follows:
            self._follows = True
            listener, bus = type(self).__name__, self.machine.bus
            bus.subscribe(listener, Operated, self.follow_operation)
            bus.subscribe(listener, CallReturned, self.follow_call)
            bus.subscribe(listener, LayerRun, self.follow_layer)
            bus.subscribe(listener, TensorPassedOn, self.follow_name)

    def follow_operation(self, operated: Operated) -> None:
        """Tensors are added, multiplied or compared."""
        self._use(operated.values, operated.result)

    def follow_call(self, called: CallReturned) -> None:
        """A function of a library, or a method of a tensor, computes something of tensors."""
        owner, name = called.owner, called.name
        known = owner is None or isinstance(owner, (Symbol, TensorValue))
        if known and isinstance(called.result, TensorValue) and name not in LIKE_ANOTHER | ASKED_FOR_SIZE:
            given = (*called.arguments, owner) if isinstance(owner, TensorValue) else tuple(called.arguments)
            self._use(given, called.result, by=plain_name(name))

    def follow_layer(self, run: LayerRun) -> None:
        """A layer is run. What runs other layers in a `forward` of its own tells of each of them."""
        leaf = first_layer(self.machine, run.layer)
        if isinstance(leaf, Thing) and leaf.of is None:
            self._use(run.given, run.output, by=plain_name(leaf.last))
        else:
            self._taken |= {each.number for each in run.given}

    def follow_name(self, passed_on: TensorPassedOn) -> None:
        """A tensor is given a name."""
        self._taken.add(passed_on.tensor.number)

    def _use(self, given: Iterable[Value], result: Value, by: str = "") -> None:
        if not self.machine.place.forward_depth:
            return
        used: list[Value] = []
        for each in given:
            used += values_in(self.machine.state, each) if isinstance(each, (Many, Table)) else (each,)
        self._taken |= {each.number for each in used}
        for each in used:
            change = self.machine.state.get(CHANGED, each.number)
            if change is not None and change.result != result.number and plain_name(change.name) != by:
                self._emit(change)

    def _emit(self, change: Change) -> None:
        if change.result in self._taken:
            self.emit(
                SharedInputChanged(site=change.site, via=change.via, layer=change.name, effective=change.effective),
                change.result,
            )
