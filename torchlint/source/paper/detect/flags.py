"""Attributes set on parameters and layers to switch gradients, and whether anything reads them."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import GradientFlag
from torchlint.facts.site import Site
from torchlint.knowledge.names import PARAMETER_WORDS, is_gradient_flag, words_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Parameters, Thing, Value, options
from torchlint.source.paper.models.layers import outside_bases
from torchlint.source.paper.python.attributes import lineage
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN

READ_BY_TENSORS = "requires_grad"


def note_flag(machine: Machine, owner: Value, receiver: str, attribute: str, value: Value, site: Site) -> None:
    """Tell that an attribute that is named like a switch of gradients was set, and remember what it freezes."""
    if not is_gradient_flag(attribute):
        return
    for each in options(owner):
        if (
            isinstance(each, Parameters)
            and attribute == READ_BY_TENSORS
            and isinstance(value, Literal)
            and not value.value
        ):
            for number in each.subject.own:
                machine.state.set(FROZEN, Yes, number)
        holder = _holder(each)
        if holder and each is not machine.frame.receiver:
            machine.record(
                GradientFlag(
                    site=site,
                    via=tuple(machine.via),
                    receiver=receiver or holder,
                    attribute=attribute,
                    holder=holder,
                    read=_read(machine, each, attribute),
                ),
                each.number,
            )


def _holder(owner: Value) -> str:
    match owner:
        case Parameters() | TensorValue():
            return "parameter"
        case Thing() if owner.kind in (Kind.PARAMETER, Kind.LAYER):
            return "parameter" if owner.kind is Kind.PARAMETER else "layer"
        case Opaque() if set(words_of(owner.name)[-1:]) & PARAMETER_WORDS:
            return "parameter"
    return ""


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
    return Yes if own or attribute in machine.attribute_names.get(owner.number, ()) else No
