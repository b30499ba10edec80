"""Functions of torch, and the methods of tensors that have their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import LossComputed
from torchlint.facts.fact import Fact
from torchlint.facts.layer import DropoutCall, Range
from torchlint.facts.loss import Activation, Logarithm, Origin
from torchlint.facts.subject import NOBODY
from torchlint.knowledge import functional
from torchlint.knowledge.losses import FUNCTIONS, LOSSES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Dimension, Literal, Many, Value, options, present
from torchlint.source.paper.models.declaration import ANY, Call, Emission, Function, Method, Models
from torchlint.source.paper.models.tensors import activations, losses, shapes
from torchlint.source.paper.models.tensors.graphs import ask_for_gradients, cut_graph, detach, join_graphs
from torchlint.source.paper.models.tensors.operations import arithmetic
from torchlint.source.paper.models.tensors.terms import KEEPS_DIFFERENCE, REDUCING, addends
from torchlint.source.paper.models.torch.in_place import change_by_function
from torchlint.source.paper.occurrences.calls import TensorFunctionApplied, TensorViewed
from torchlint.source.paper.state.containers import items_of

MODELS = Models()
_PAIRWISE = [kind.functional for kind in LOSSES.values() if kind.pairwise]
_COMPARING = [kind.functional for kind in LOSSES.values() if not kind.pairwise]
_FUNCTIONAL = "torch.nn.functional torch torch.*"
_MAY_CHANGE = functional.IN_PLACE.keys() | functional.ALWAYS_IN_PLACE
_TORCH = "torch torch.* torchvision torchvision.*"


def _tensor_in(call: Call) -> TensorValue:
    """The tensor that a method belongs to, or the first that a function is given; a new one where there is none."""
    if isinstance(call.receiver, TensorValue):
        return call.receiver
    return next((each for each in call.arguments if isinstance(each, TensorValue)), None) or TensorValue()


def _has_tensor(call: Call) -> bool:
    return isinstance(call.receiver, TensorValue) or any(isinstance(each, TensorValue) for each in call.arguments)


def _in_forward(call: Call) -> bool:
    return bool(call.machine.place.forward_depth) and _has_tensor(call)


def _both(
    names: Iterable[str],
    gives: Callable[[Call, TensorValue], Value],
    when: Callable[[Call], bool] | None = None,
    emits: type[Fact] | None = None,
) -> None:
    """A function of torch and a method of tensors of the same name do the same."""

    def of_tensor(call: Call) -> Value:
        result = gives(call, _tensor_in(call))
        if call.last in _MAY_CHANGE:
            change_by_function(call, result)
        return result

    emission = Emission(emits) if emits is not None else None
    MODELS.declare(
        Function(names, within=_TORCH, when=when, emits=emission, gives=of_tensor),
        Method(TensorValue, names, when=when, emits=emission, gives=of_tensor),
    )


@MODELS.function(functional.DROPOUTS, "input, p, training", within="torch.nn.functional", emits=DropoutCall)
def dropout(call: Call) -> Value:
    """Dropout as a function, which is active unless it is told otherwise."""
    given = call.first
    result = given.but(shape=given.shape) if isinstance(given, TensorValue) else TensorValue()
    change_by_function(call, result)
    return result


@MODELS.function(_COMPARING, "input, target", within=_FUNCTIONAL, emits=LossComputed)
@MODELS.function(_PAIRWISE, within=_FUNCTIONAL, emits=LossComputed)
def loss(call: Call) -> Value:
    """A loss as a function."""
    given = call.arguments
    settings = Arguments(given.positional[2:], given.keywords, given.unknown)
    return losses.compute(call.machine, FUNCTIONS[call.last], given, call.site, settings, call.site)


def _without_gradient(call: Call, tensor: TensorValue) -> Value:
    """No gradient flows through steps, or none but zero: what comes out was made by no layer."""
    return cut_graph(call.machine, tensor, subject=NOBODY, range=Range.UNKNOWN, activation=None)


def _emit_applied(call: Call, tensor: TensorValue) -> None:
    call.machine.tell(TensorFunctionApplied(call.last, tensor, call.arguments, call.site))


def _logarithm(call: Call, tensor: TensorValue) -> Value:
    _emit_applied(call, tensor)
    return tensor.but(range=functional.LOGARITHM_OF.get(tensor.range, Range.UNKNOWN), shape=tensor.shape)


def _emit_view(call: Call, tensor: TensorValue, given: list[Value]) -> None:
    """Tell of a view in sizes of this tensor or of another."""
    listed = items_of(call.machine.state, given[0]) if len(given) == 1 and isinstance(given[0], Many) else given
    if any(isinstance(each, Dimension) for each in listed):
        call.machine.tell(TensorViewed(tensor, tuple(listed), call.site))


def _reshaped(call: Call, tensor: TensorValue) -> Value:
    rest = [each for each in call.arguments.positional if each is not tensor]
    if call.last == "contiguous":
        return tensor  # Its values stand as they stood.
    if call.last in functional.VIEWS:
        _emit_view(call, tensor, rest)
    return tensor.but(
        shape=shapes.reshaped(call.machine, call.last, tensor, rest),
        piece_of=tensor.whole if call.last not in functional.CHOOSES else None,
        quantity=tensor.quantity if call.last in functional.SAME_TENSOR else None,
    )


def _activated(call: Call, tensor: TensorValue) -> Value:
    return tensor.but(
        range=functional.ACTIVATIONS[call.last], activation=call.site, shape=tensor.shape, difference=None
    )


def _weighted(call: Call, tensor: TensorValue) -> Value:
    return tensor.but(range=Range.RAW, activation=None, shape=None)


def _unbound(call: Call, tensor: TensorValue) -> Value:
    return tensor.but(range=Range.RAW, activation=None, shape=tensor.shape)


def _rounded(call: Call, tensor: TensorValue) -> Value:
    _emit_applied(call, tensor)
    return _computed(call, tensor)


def _compared(call: Call, tensor: TensorValue) -> Value:
    _emit_applied(call, tensor)
    return _discrete(call, tensor) if _has_tensor(call) else _computed(call, tensor)


def _discrete(call: Call, tensor: TensorValue) -> Value:
    if call.last in functional.WHOLE_TYPES:
        return cut_graph(call.machine, tensor, shape=tensor.shape, piece_of=tensor.whole)
    return cut_graph(call.machine, tensor, origin=Origin.UNKNOWN, range=Range.UNKNOWN, activation=None)


def _computed(call: Call, tensor: TensorValue) -> Value:
    """What a method of a tensor or a function gives of which no more is known."""
    if isinstance(call.receiver, TensorValue):
        site = call.machine.site(call.machine.place.line)
        whole = call.last in REDUCING and not call.arguments.positional and not call.arguments.keywords
        kept = tensor.difference if call.last in KEEPS_DIFFERENCE else None
        reduced = tensor.reduced or whole
        return tensor.but(range=Range.UNKNOWN, activation=None, made=site, reduced=reduced, difference=kept)
    if _has_tensor(call):
        return arithmetic(call.machine, functional.ARITHMETIC.get(call.last, call.last), list(call.arguments))
    items = _items_in(call)
    held = [item for item in items if isinstance(item, TensorValue)]
    if held:
        joined = activations.joined(call.last if len(held) == len(items) else "", held)
        joined = joined.refined(addends=addends(call.machine, "+", items))
        return join_graphs(call.machine, joined, items)
    return _new(call)


def _reduced(call: Call, tensor: TensorValue) -> Value:
    result = _computed(call, tensor)
    given = [each for each in call.arguments.positional if each is not tensor]
    if not isinstance(result, TensorValue):
        return result
    return result.refined(shape=shapes.reduced(call.machine, tensor.shape, given, call.arguments.keywords))


def _items_in(call: Call) -> list[Value]:
    """What is in the lists that a function is given, in each where one is chosen."""
    lists = [each for argument in call.arguments for each in options(argument) if isinstance(each, Many)]
    return [present(item) for each in lists for item in items_of(call.machine.state, each)]


def _new(call: Call) -> Value:
    trainable = _asks_for_gradients(call) if call.last in functional.NEW_TENSOR else Unknown
    shape = shapes.of_new(call.machine, call.last, call.arguments)
    return TensorValue(trainable=trainable, graph=trainable, shape=shape, given=call.last in functional.OF_ARRAYS)


def _typed(call: Call) -> Value:
    return TensorValue(trainable=No, graph=No, given=True)


def _asks_for_gradients(call: Call) -> Answer:
    requires = call.arguments.get("requires_grad")
    if requires is None:
        return No
    return Answer.of(requires.value is True) if isinstance(requires, Literal) else Unknown


MODELS.declare(
    Function(functional.NO_TENSOR, within="torch torch.[!n]*"),
    Function(functional.TYPED, within="torch torch.cuda", gives=_typed),
)
_both(functional.STEP_FUNCTIONS, _without_gradient, when=_in_forward)
_both(functional.LOGARITHMS, _logarithm, emits=Logarithm)
_both(functional.KEEPS_RANGE - {"requires_grad_"}, _reshaped, when=_has_tensor)
_both(functional.GUESSES_DIMENSION, _activated, emits=Activation)
_both(functional.ACTIVATIONS.keys() - functional.GUESSES_DIMENSION.keys(), _activated)
_both(functional.WEIGHTED, _weighted)
_both(functional.UNBOUND, _unbound)
_both(functional.ROUNDING, _rounded)
_both(functional.COMPARISONS, _compared)
_both(functional.DISCRETE, _discrete, when=_has_tensor)


@MODELS.function(functional.COPIES)
def copied(call: Call) -> Value:
    """A tensor made of numbers: those of other tensors come without their graph."""
    given = [way for each in [*call.arguments, *_items_in(call)] for way in options(each)]
    found = [each for each in given if isinstance(each, TensorValue)]
    trainable = _asks_for_gradients(call)
    shape = shapes.of_new(call.machine, call.last, call.arguments)
    if not found:
        return TensorValue(trainable=trainable, graph=trainable, given=True, shape=shape)
    parts = [detach(call.machine, each, f"{call.name}(...)", call.site) for each in found]
    made = parts[0].but(range=Range.UNKNOWN, activation=None, cuts=frozenset().union(*(each.cuts for each in parts)))
    made = ask_for_gradients(call.machine, made, None) if trainable is Yes else made
    return made.refined(shape=shape)


@MODELS.function(functional.PACKS)
def packed(call: Call) -> Value:
    """Sequences of several lengths, put behind each other without their padding."""
    held = [each for each in [*call.arguments, *_items_in(call)] if isinstance(each, TensorValue)]
    return held[0].but(packed=True) if held else TensorValue(packed=True)


@MODELS.function("torch.nn.utils.rnn.pad_packed_sequence", "sequence")
def padded(call: Call) -> Value:
    """The sequences again, and how long they are."""
    return _tensor_in(call).but(packed=False)


_both(functional.REDUCTIONS, _reduced)
_both([ANY], _computed)
