"""Modules as facts: what each holds, and where it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer
from torchlint.facts.layer import Layer
from torchlint.facts.site import Site
from torchlint.knowledge.layers import BATCH_NORMS, DECIDED_BY, LAYERS
from torchlint.knowledge.wrappers import WRAPPED_IN
from torchlint.live.objects.identity import Identities, WeakMap
from torchlint.live.stream.events import ModuleInitStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, builders
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torch.nn import Module


class Layers(Observer):
    """Remembers where modules were built, and describes them."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._built_by_calls: WeakMap[tuple[Spot, ...]] = WeakMap()
        self._order: WeakMap[int] = WeakMap()
        self.count = 0

    @on(ModuleInitStarted)
    def module_init_started(self, event: ModuleInitStarted, here: Here) -> None:
        """A module is being built: remember the calls that lead there."""
        self.count += 1
        self._order[event.module] = self.count
        self._built_by_calls[event.module] = builders(here.chain, type(event.module))

    def order(self, module: Module) -> int:
        """How many modules had been built by the time that this one was; 0 if that was not seen."""
        return self._order.get(module) or 0

    def built_by(self, module: Module) -> tuple[Spot, ...]:
        """The calls that built a module, empty if they were not seen."""
        return self._built_by_calls.get(module) or ()

    def site(self, module: Module) -> Site | None:
        """Where a module was built."""
        built_by = self.built_by(module)
        return built_by[-1].site if built_by else None

    def is_named(self, module: Module) -> bool:
        """Whether the user's text calls a module's class where it was built: no library does it for them."""
        built_by, name = self.built_by(module), type(module).__name__
        return bool(built_by) and built_by[-1].calls(name)

    def layer(self, module: Module) -> Layer:
        """What is known of a module: all of it."""
        inside = list(module.modules())
        return Layer(
            name=type(module).__name__,
            number=self._identities.number(module),
            site=self.site(module),
            parameters=Answer.of(next(module.parameters(), None) is not None),
            buffers=Answer.of(next(module.buffers(), None) is not None),
            mode_dependent=Answer.of(any(map(depends_on_mode, inside))),
            recurrent=Answer.of(any(is_recurrent(each) for each in inside)),
        )


def unwrapped(module: Any) -> Any:
    """The model itself, under what distributes or compiles it."""
    while (attribute := WRAPPED_IN.get(type(module).__name__)) is not None:
        inner = getattr(module, attribute, None)
        if inner is None:
            break
        module = inner
    return module


def is_recurrent(module: Module) -> bool:
    """Whether a module is an RNN, LSTM, GRU or one of their cells."""
    return any(LAYERS[base.__name__].recurrent for base in type(module).__mro__ if base.__name__ in LAYERS)


def depends_on_mode(module: Module) -> bool:
    """Whether a module, apart from those in it, behaves differently in the two modes."""
    kind = next((LAYERS[base.__name__] for base in _torchs(type(module)) if base.__name__ in LAYERS), None)
    own = _reads_training(type(module))
    if kind is None:
        return own
    decider = DECIDED_BY.get((kind.name, "mode_dependent"))
    if decider is None:
        return own or kind.mode_dependent is Answer.YES
    return own or getattr(module, decider.keyword, decider.plain) != decider.plain


def is_frozen_but_for_norms(module: Module) -> bool:
    """Whether all parameters of a module are frozen, and batch norm is all in it that depends on the mode."""
    frozen = not any(each.requires_grad for each in module.parameters())
    return frozen and all(type(each).__name__ in BATCH_NORMS for each in module.modules() if depends_on_mode(each))


def _torchs(kind: type) -> list[type]:
    return [base for base in kind.__mro__ if base.__module__.startswith("torch.nn")]


def _reads_training(kind: type) -> bool:
    """Whether the class itself asks for its mode, as `F.dropout(x, training=self.training)` does."""
    for base in kind.__mro__:
        if base.__module__.startswith("torch."):
            break
        for method in vars(base).values():
            code = getattr(method, "__code__", None)
            if code is not None and "training" in code.co_names:
                return True
    return False
