"""Detects tensors that a module keeps unregistered: no state dict, no move to a device, no optimizer has them."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of
from torchlint.facts.layer import LooseTensor
from torchlint.source.paper.detect.architecture.members import Member, RemembersModules
from torchlint.source.paper.detect.detector import listens
from torchlint.source.paper.domain.values import Many, Table, TensorValue, Thing
from torchlint.source.paper.python.occurrences import ProjectEnded
from torchlint.source.paper.state.containers import contents


class LooseTensors(RemembersModules):
    """Tensors, and plain containers of parameters, that are attributes of a module."""

    @listens
    def emit_tensors(self, _: ProjectEnded) -> None:
        """Tell which modules keep tensors that are no parameters or buffers."""
        for module, member in self.members():
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
                attribute=member.name,
                form="moved parameter" if tensor.of_loss == "moved" else "tensor",
                trainable=tensor.trainable,
                registered=Answer.of(self.machine.store.get(("buffer", owner.number, member.name)) is not None),
                constructed=member.constructed,
            ),
            owner.number,
        )

    def _emit_parameters(self, owner: Thing, member: Member) -> None:
        kept = [item for item, _ in contents(self.machine, member.value)]
        parameters = [item for item in kept if isinstance(item, Thing) and item.kind == "parameter"]
        if not parameters:
            return
        self.emit(
            LooseTensor(
                site=member.site,
                via=member.via,
                owner=owner.last,
                attribute=member.name,
                form="list of parameters",
                trainable=any_of(No if item.origin == "frozen" else Yes for item in parameters),
                registered=any_of(Yes if item.parents else No for item in parameters),
            ),
            owner.number,
        )
