"""Detects misspelled switches of gradients: attributes of parameters and layers that nothing reads."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import FlagHolder, GradientFlag
from torchlint.knowledge.names import PARAMETER_WORDS, is_gradient_flag, words_of
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Opaque, Parameters, Thing, Value, options
from torchlint.source.paper.models.torch.layers import outside_bases
from torchlint.source.paper.occurrences.calls import AttributeAssigned
from torchlint.source.paper.python.attributes import lineage
from torchlint.source.paper.python.machine import Machine
from torchlint.source.written import text_of

READ_BY_TENSORS = "requires_grad"


class GradientFlags(Detector):
    """Attributes that are named like a switch of gradients, and whether anything reads them."""

    @listens
    def emit_flag(self, assigned: AttributeAssigned) -> None:
        """An attribute is set."""
        if not is_gradient_flag(assigned.name):
            return
        for each in options(assigned.owner):
            holder = _holder(each)
            if holder is not None and each is not self.machine.frame.receiver:
                self.emit(
                    GradientFlag(
                        site=assigned.site,
                        via=tuple(self.machine.via),
                        receiver=text_of(assigned.receiver) or holder.value,
                        attribute=assigned.name,
                        holder=holder,
                        read=_read(self.machine, each, assigned.name),
                    ),
                    each.number,
                )


def _holder(owner: Value) -> FlagHolder | None:
    match owner:
        case Parameters() | TensorValue():
            return FlagHolder.PARAMETER
        case Thing() if owner.kind in (Kind.PARAMETER, Kind.LAYER):
            return FlagHolder.PARAMETER if owner.kind is Kind.PARAMETER else FlagHolder.LAYER
        case Opaque() if set(words_of(owner.name)[-1:]) & PARAMETER_WORDS:
            return FlagHolder.PARAMETER
    return None


def _read(machine: Machine, owner: Value, attribute: str) -> Answer:
    if not isinstance(owner, Thing) or owner.kind is not Kind.LAYER:
        return Answer.of(attribute == READ_BY_TENSORS)
    if owner.of is None:
        return No
    if outside_bases(owner):
        return Unknown
    classes = [each.definition for each in lineage(owner.of)]
    if attribute != READ_BY_TENSORS:
        return Answer.of(any(attribute in each.words for each in classes))
    # Nearly every class mentions the attribute of its parameters: only one of its own tells that it is read.
    own = any(attribute in each.methods for each in lineage(owner.of))
    return Yes if own or attribute in machine.objects.attribute_names.get(owner.number, ()) else No
