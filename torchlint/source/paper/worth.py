"""Which functions and methods that nobody calls are worth running, by the words in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from torchlint.facts.event import Backward, Clear, Clip, LossComputed, Scale, Unscale
from torchlint.facts.fact import Fact
from torchlint.knowledge.data import SPLITS
from torchlint.knowledge.functional import CUTS_GRAPH
from torchlint.knowledge.layers import LAYERS
from torchlint.knowledge.names import ROLE_NAMES, is_gradient_flag
from torchlint.source import syntax
from torchlint.source.paper.domain.values import Kind
from torchlint.source.paper.models.declaration import Function, Method
from torchlint.source.paper.models.registry import FUNCTIONS, METHODS
from torchlint.source.walk import parts_of


def _words_of(models: Iterable[Function | Method]) -> frozenset[str]:
    """The last words of what has these models; those that Python's own containers have tell nothing."""
    names = {name.rpartition(".")[2] for model in models for name in model.names}
    return frozenset(name for name in names if name.isidentifier() and not hasattr(dict, name))


def _emitting(*kinds: type[Fact]) -> frozenset[str]:
    models: list[Function | Method] = [*FUNCTIONS, *METHODS]
    return _words_of(each for each in models if each.emits and issubclass(each.emits.kind, kinds))


def _building(*kinds: Kind) -> frozenset[str]:
    return _words_of(each for each in FUNCTIONS if each.builds in kinds)


def _classes_building(*kinds: Kind) -> frozenset[str]:
    """The classes among what builds these; functions on images are called as much else is, and layers may be too."""
    return frozenset(name for name in _building(*kinds) if name[:1].isupper()) - LAYERS.keys()


TRAINING = (
    (_emitting(Backward, Clear, Clip, LossComputed, Unscale) - _emitting(Scale))
    | _building(Kind.LOSS, Kind.OPTIMIZER, Kind.SCHEDULER, Kind.SCALER, Kind.LOADER, Kind.CONTEXT, Kind.FRAMEWORK)
    | _classes_building(Kind.TRANSFORM, Kind.DATASET, Kind.SAMPLER)
    | ROLE_NAMES
)
"""Words of training: a function that has one, or calls by name one that does, is worth running.

Much is called a `scale`, and a loss that is scaled is run backward as well.
"""

TELLING = (_emitting(Fact) - _emitting(Scale)) | SPLITS
"""Words that make a function worth running, but not those that call it: half a library may load weights somewhere."""

OF_METHODS = _building(Kind.LAYER, Kind.PARAMETER) | {"loss", "add_module"}
"""Words that make a method worth running, beside those of functions."""

GATHERING = frozenset("append extend range next layers".split())
"""Words that tell something outside `__init__` and `forward` only where a layer is at hand to be gathered."""


class Worth:
    """What makes a function of these files worth running; `layers` are the names of all classes of layers."""

    def __init__(self, files: Sequence[syntax.Summary]) -> None:
        self.layers = set(LAYERS)
        words = frozenset[str]().union(*(file.words for file in files))
        self._telling = _spread(files) | TELLING | set(filter(is_gradient_flag, words))
        self._telling_in_methods = self._telling | OF_METHODS | GATHERING

    def is_function(self, function: syntax.Function) -> bool:
        """Whether a function can tell something.

        One that only names layers, as the many makers of models do, tells nothing that their classes do not.
        """
        if not function.words.isdisjoint(self._telling):
            return True
        return not function.words.isdisjoint(LAYERS) and _calls_layer(function)

    def is_method(self, method: syntax.Function | syntax.Lambda, *, of_module: bool) -> bool:
        """Whether a method can tell something; what a module's `__init__` builds always does."""
        if not isinstance(method, syntax.Function):
            return False
        if method.name == "__init__" and of_module:
            return True
        telling = method.words & self._telling_in_methods
        if method.name == "forward":
            return bool(telling) or not method.words.isdisjoint(CUTS_GRAPH)  # What its layers gave may be lost there.
        if not telling <= GATHERING:
            return True
        return bool(telling) and not method.words.isdisjoint(self.layers)


def _spread(files: Sequence[syntax.Summary]) -> frozenset[str]:
    """The words of training, and the names of the functions that have one."""
    functions = [function for file in files for function in functions_in(file.body)]
    found = set(TRAINING)
    grew = True
    while grew:
        new = {each.name for each in functions if each.name not in found and not each.words.isdisjoint(found)}
        found |= new
        grew = bool(new)
    return frozenset(found)


def _calls_layer(function: syntax.Function) -> bool:
    """Whether a layer of torch is built in a function, and not only named."""
    waiting: list[object] = list(function.body)
    while waiting:
        each = waiting.pop()
        match each:
            case syntax.Call(function=syntax.Name(id=name) | syntax.Attribute(name=name)) if name in LAYERS:
                return True
        waiting.extend(parts_of(each))
    return False


def functions_in(body: Iterable[syntax.Statement]) -> Iterator[syntax.Function]:
    """The functions that a module defines, under conditions too."""
    for statement in body:
        match statement:
            case syntax.Function():
                yield statement
            case syntax.If():
                yield from functions_in(statement.yes)
                yield from functions_in(statement.no)
            case syntax.Try():
                yield from functions_in(statement.body)
