"""Functions of Python's standard library that models pass through."""

from __future__ import annotations

from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.values import Choice, Kind, Opaque, Thing, Value, Weights, options
from torchlint.source.paper.models.declaration import Call, Models
from torchlint.source.paper.models.torch.copies import copy_of
from torchlint.source.paper.python.builtins import dict_of
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import values_in

MODELS = Models()


@MODELS.function("functools.partial")
def partial(call: Call) -> Value:
    """A function with some of its arguments."""
    return Thing(kind=Kind.PARTIAL, arguments=call.arguments, site=call.site)


@MODELS.function("types.SimpleNamespace argparse.Namespace")
def namespace(call: Call) -> Value:
    """An object with the attributes that it is given."""
    made = Thing(kind=Kind.OBJECT, dotted=call.name, arguments=call.arguments, site=call.site)
    for name, value in call.arguments.keywords.items():
        call.machine.state.set(ATTRIBUTE, value, made.number, name)
    return made


@MODELS.function("collections.OrderedDict")
def ordered_dict(call: Call) -> Value:
    """A dict."""
    return dict_of(call.machine, call.arguments, call.site)


@MODELS.function("copy.deepcopy copy.copy", "x")
def copy(call: Call) -> Value | None:
    """A copy of a layer or dataset is another one with the same parts; most else stays as it is."""
    copied = call.given("x")
    if call.last == "deepcopy" and copied is not None and _holds_weights(call, copied):
        return Opaque(from_call=True)
    if isinstance(copied, Choice):
        return one_of(_another(call, each) for each in copied.options)
    return None if copied is None else _another(call, copied)


def _another(call: Call, copied: Value) -> Value:
    if not isinstance(copied, Thing) or copied.kind not in (Kind.LAYER, Kind.DATASET):
        return copied
    return copy_of(call.machine, copied, call.site)


def _holds_weights(call: Call, value: Value) -> bool:
    """Whether a value is weights, or a dict or list of some."""
    return any(isinstance(each, Weights) for way in options(value) for each in values_in(call.machine.state, way))
