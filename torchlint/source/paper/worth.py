"""Which functions and methods that nobody calls are worth running, by the words in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from torchlint.knowledge.data import LOADERS, LOADERS_ELSEWHERE, SPLITS
from torchlint.knowledge.functional import ACTIVATIONS, DROPOUTS, LOGARITHMS
from torchlint.knowledge.layers import LAYERS
from torchlint.knowledge.losses import FUNCTIONS, LOSSES
from torchlint.knowledge.names import ROLE_NAMES, is_gradient_flag
from torchlint.knowledge.optimizers import OPTIMIZERS, OPTIMIZERS_ELSEWHERE, SCHEDULERS, SCHEDULERS_ELSEWHERE
from torchlint.knowledge.training import CLIPPING, GRADIENT_SWITCHES, SCALERS
from torchlint.knowledge.transforms import ROLES
from torchlint.source import syntax
from torchlint.source.paper.python.walk import parts_of


def _last_words(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in names)


TRAINING = (
    frozenset(("backward", "zero_grad"))
    | _last_words(GRADIENT_SWITCHES)
    | CLIPPING
    | SCALERS
    | LOADERS
    | _last_words(LOADERS_ELSEWHERE)
    | LOSSES.keys()
    | FUNCTIONS.keys()
    | OPTIMIZERS.keys()
    | _last_words(OPTIMIZERS_ELSEWHERE)
    | SCHEDULERS.keys()
    | _last_words(SCHEDULERS_ELSEWHERE)
    # A layer and a transform may have one name.
    | (ROLES.keys() - LAYERS.keys())
    | ROLE_NAMES
)
"""Words of training: a function that has one, or calls by name one that does, is worth running."""

TELLING = (
    frozenset("load_state_dict Variable train eval step".split()) | SPLITS | ACTIVATIONS.keys() | LOGARITHMS | DROPOUTS
)
"""Words that make a function worth running, but not those that call it: half a library may load weights somewhere."""

OF_METHODS = frozenset("forward loss add_module Parameter".split()) | LAYERS.keys()
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
        if method.name == "forward" or not telling <= GATHERING:
            return bool(telling)
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
