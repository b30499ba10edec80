"""Methods that only tensors have: the graph behind them, hooks, arithmetic in words."""

from __future__ import annotations

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import ReadsGradient
from torchlint.knowledge.functional import ARITHMETIC, CUTS_GRAPH, NEW_BESIDE, SIZES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Dimension,
    Kind,
    Literal,
    Many,
    Number,
    Opaque,
    Sizes,
    Thing,
    Value,
)
from torchlint.source.paper.models.declaration import Call, Emission, Method, Models
from torchlint.source.paper.models.tensors.graphs import ask_for_gradients, detach
from torchlint.source.paper.models.tensors.operations import arithmetic
from torchlint.source.paper.occurrences.layers import TensorPassedOn

MODELS = Models()


def _tensor(call: Call) -> TensorValue:
    assert isinstance(call.receiver, TensorValue)
    return call.receiver


def _detached(call: Call) -> Value:
    return detach(call.machine, _tensor(call), f".{call.name}()", call.site)


def _asked(call: Call) -> Value:
    return ask_for_gradients(call.machine, _tensor(call), call.given("requires_grad"))


def _combined(call: Call) -> Value:
    return arithmetic(call.machine, ARITHMETIC[call.name], [call.receiver, *call.arguments.positional])


def _looked_at(call: Call) -> Value:
    """What is asked for its shape is not used by that."""
    if call.machine.place.forward_depth:
        call.machine.tell(TensorPassedOn(_tensor(call)))
    return Opaque()


def _is_batch(call: Call) -> bool:
    return _tensor(call).from_loader is Yes and not call.machine.place.forward_depth


def _by_name(call: Call) -> Value:
    return Thing(kind=Kind.ITERATOR, dotted="items", arguments=Arguments([call.receiver]), site=call.site)


def _measured(call: Call) -> Value:
    """How many dimensions or numbers a tensor has."""
    _looked_at(call)
    return Number()


def _size(call: Call) -> Value:
    """How large a tensor is, in one dimension or in all."""
    _looked_at(call)
    match call.given("dim"):
        case None:
            return Sizes(of=call.receiver.number)
        case Literal(value=int() as position):
            return Dimension(of=call.receiver.number, position=position)
    return Number()


def _new(call: Call) -> Value:
    """A tensor beside this one, of which it has the type alone; `new` may be given values."""
    given = any(isinstance(each, (TensorValue, Opaque, Many)) for each in call.arguments.positional)
    made = TensorValue(trainable=No, graph=No, given=given)
    asks = call.arguments.says("requires_grad", default=No)
    return ask_for_gradients(call.machine, made, None) if asks is Yes else made


MODELS.declare(
    Method(
        TensorValue,
        "register_hook",
        takes="hook",
        emits=Emission(ReadsGradient, lambda call: ReadsGradient(site=call.site, via=call.via)),
    ),
    Method(TensorValue, CUTS_GRAPH, gives=_detached),
    Method(TensorValue, "requires_grad_", takes="requires_grad", gives=_asked),
    Method(TensorValue, NEW_BESIDE, gives=_new),
    Method(TensorValue, ARITHMETIC, gives=_combined),
    # A batch may be a dict.
    Method(TensorValue, "items", when=_is_batch, gives=_by_name),
    Method(TensorValue, "keys items values", gives=_looked_at),
    Method(TensorValue, SIZES, gives=_measured),
    Method(TensorValue, "size", takes="dim", gives=_size),
)
