"""Detects tensors that a module keeps unregistered: no state dict, no move to a device, no optimizer has them."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, any_of
from torchlint.facts.layer import LooseTensor, TensorForm
from torchlint.source.paper.detect.architecture.members import Member, Modules
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Many, Table, Thing
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import BUFFER, FROZEN
from torchlint.source.paper.state.containers import contents
from torchlint.source.paper.state.objects import parents_of, shown_name


class LooseTensors(Detector):
    """Tensors, and plain containers of parameters, that are attributes of a module."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)

    @listens
    def emit_tensors(self, _: ProjectEnded) -> None:
        """Tell which modules keep tensors that are no parameters or buffers."""
        for module, member in self._modules.members():
            match member.value:
                case TensorValue():
                    self._emit_tensor(module, member, member.value)
                case Many() | Table():
                    self._emit_parameters(module, member)

    def _emit_tensor(self, owner: Thing, member: Member, tensor: TensorValue) -> None:
        if member.constructed is No or tensor.trainable is Unknown:
            return
        self.emit(
            LooseTensor(
                site=member.site,
                via=member.via,
                owner=owner.last,
                attribute=shown_name(member.name),
                form=TensorForm.MOVED_PARAMETER if tensor.moved else TensorForm.TENSOR,
                trainable=tensor.trainable,
                registered=self.machine.state.get(BUFFER, owner.number, member.name),
                constructed=member.constructed,
            ),
            owner.number,
        )

    def _emit_parameters(self, owner: Thing, member: Member) -> None:
        kept = [item for item, _ in contents(self.machine.state, member.value)]
        parameters = [item for item in kept if isinstance(item, Thing) and item.kind is Kind.PARAMETER]
        if not parameters:
            return
        self.emit(
            LooseTensor(
                site=member.site,
                via=member.via,
                owner=owner.last,
                attribute=shown_name(member.name),
                form=TensorForm.NAMED_PARAMETERS if isinstance(member.value, Table) else TensorForm.PARAMETERS,
                trainable=any_of(~self.machine.state.get(FROZEN, item.number) for item in parameters),
                registered=any_of(Answer.of(bool(parents_of(self.machine.state, item))) for item in parameters),
            ),
            owner.number,
        )
