"""Which model a layer or parameter belongs to, by which name, and where it was built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import ReferenceType, WeakKeyDictionary, WeakSet, ref

from torch import Tensor, nn

from torchlint.facts.site import Site
from torchlint.live.objects.assignments import site_of_assignment
from torchlint.live.stream.events import BackwardStarted, ForwardEnded, ForwardStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here


class ModelRegistry(Observer):
    """Registers models as they run: the first module seen of a model is the outermost.

    Nothing is kept alive: modules and parameters are held weakly.
    """

    def __init__(self, recorder: Recorder, model: nn.Module | None = None) -> None:
        self._recorder = recorder
        self._modules: WeakKeyDictionary[nn.Module, tuple[ReferenceType[nn.Module], str]] = WeakKeyDictionary()
        self._parameters: dict[int, tuple[ReferenceType[Tensor], ReferenceType[nn.Module], str]] = {}
        self._order: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()
        self._ran: WeakKeyDictionary[nn.Module, Site] = WeakKeyDictionary()
        self._inside: WeakSet[nn.Module] = WeakSet()
        self._running: list[ReferenceType[nn.Module]] = []
        if model is not None:
            self._learn(model)

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """Learn a module that is new, and the order in which modules run."""
        module = event.module
        if module not in self._order:
            self._order[module] = len(self._order)
            self._ran[module] = here()
            if module not in self._modules:
                self._learn_within(module)
        self._running.append(ref(module))

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """A module has run; those inside it that raised are over too."""
        depth = next((depth for depth, each in enumerate(self._running) if each() is event.module), None)
        if depth is not None:
            del self._running[depth:]

    @on(BackwardStarted, closely=True)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """No model runs now; for one that raised, no end was emitted."""
        self._running.clear()

    def is_model(self, module: nn.Module) -> bool:
        """Whether no other module runs it: a layer that its model keeps out of its own sight is no model."""
        return module not in self._inside

    def _learn_within(self, module: nn.Module) -> None:
        """Learn a module that the models known by now did not have: it may have been put into the one that runs."""
        outermost = self._running[0]() if self._running else None
        if outermost is not None:
            model = self.model(outermost)
            kept = {id(each) for each in model.parameters()}
            self._parameters = {
                number: known for number, known in self._parameters.items() if known[1]() is not model or number in kept
            }
            self._learn(model)
        if module not in self._modules:
            if outermost is not None:
                self._inside.add(module)
            self._learn(module)

    def _learn(self, model: nn.Module) -> None:
        root = ref(model)
        for name, module in model.named_modules():
            known = self._modules.get(module)
            # The outermost model names its parts, also those that ran by themselves before.
            if known is None or len(name) > len(known[1]):
                self._modules[module] = (root, name)
                for own, parameter in module.named_parameters(recurse=False):
                    self._parameters[id(parameter)] = (ref(parameter), root, f"{name}.{own}" if name else own)

    def name(self, module: nn.Module) -> str:
        """The dotted name in its model, "" for a model itself."""
        known = self._modules.get(module)
        return "" if known is None else known[1]

    def model(self, module: nn.Module) -> nn.Module:
        """The model that a module belongs to."""
        known = self._modules.get(module)
        root = None if known is None else known[0]()
        return module if root is None else root

    def called(self, module: nn.Module) -> str:
        """How to speak of a module: its dotted name, or its class."""
        return self.name(module) or type(module).__name__

    def ran(self, model: nn.Module, here: Site) -> Site:
        """The user's line that ran a model first, else `here`."""
        return self._ran.get(model) or here

    def order(self, module: nn.Module) -> int | None:
        """The place of a module in the order of first calls, None if it has not run."""
        return self._order.get(module)

    def owner(self, parameter: Tensor) -> tuple[nn.Module, str] | None:
        """The model that holds a parameter and the parameter's dotted name, None if no model seen does."""
        known = self._parameters.get(id(parameter))
        if known is None or known[0]() is not parameter:
            return None
        model = known[1]()
        return None if model is None else (model, known[2])

    def parameters(self) -> Iterator[Tensor]:
        """All parameters of the models that were seen."""
        return (held for reference, _, _ in list(self._parameters.values()) if (held := reference()) is not None)

    def site(self, module: nn.Module, here: Site) -> Site:
        """Where a module was made, else the user's line that ran it first, else `here`."""
        name = self.name(module)
        made = site_of_assignment(self.model(module), name, self._recorder.places.files) if name else None
        return made or self._ran.get(module) or here

    def site_of_parameter(self, parameter: Tensor, here: Site) -> Site:
        """Where a parameter or its layer was made, else the user's line that ran its model, else `here`."""
        known = self.owner(parameter)
        if known is None:
            return here
        model, name = known
        return site_of_assignment(model, name, self._recorder.places.files) or self._ran.get(model) or here
