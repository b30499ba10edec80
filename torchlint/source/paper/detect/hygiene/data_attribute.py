"""Detects uses of a tensor's `.data`, which autograd does not see."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.hygiene import DataAttribute
from torchlint.facts.loss import Origin
from torchlint.knowledge.names import shortest
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Opaque, Parameters, Thing, Value
from torchlint.source.paper.occurrences.calls import DataAccessed


class DataAttributes(Detector):
    """Every `.data` of what is known to be a tensor; a batch or a dataset may have a field of that name."""

    @listens
    def emit_use(self, accessed: DataAccessed) -> None:
        """Something's `data` is read or set."""
        owner = accessed.owner
        if _is_tensor(owner):
            name = getattr(owner, "name", "") or shortest(self.machine.names_of(owner)) or "tensor"
            via = tuple(self.machine.via)
            self.emit(DataAttribute(site=accessed.site, via=via, receiver=name, graph=_graph_of(owner)))


def _is_tensor(owner: Value) -> bool:
    match owner:
        case Parameters():
            return True
        case Thing():
            return owner.kind is Kind.PARAMETER
        case TensorValue():
            return not owner.packed and (owner.from_loader is No or owner.origin is not Origin.UNKNOWN)
        case Opaque():
            return owner.name in ("weight", "bias", "grad")
    return False


def _graph_of(owner: Value) -> Answer:
    match owner:
        case TensorValue():
            return owner.graph
        case Opaque(name="grad"):
            return No
    return Unknown
