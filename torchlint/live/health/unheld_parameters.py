"""Parameters that get gradients at every step and that no optimizer holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, ref

from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.layer import Omission, UnheldParameters
from torchlint.facts.site import Site
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.stream.events import OptimizerInitEnded, StepStarted, WeightsLoaded
from torchlint.live.stream.observer import Observer, on

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

FEWEST_STEPS = 2


@dataclass(slots=True)
class _LeftOut:
    """A parameter with a gradient at a step whose optimizer does not hold it."""

    parameter: ReferenceType[Tensor]
    name: str
    site: Site
    optimizer: Site | None = None
    steps: int = 0
    meant: bool = True
    held: bool = False


class UnheldParametersObserver(Observer):
    """Compares, at sampled steps, the parameters that have gradients with those that optimizers hold.

    A small part that is trained on purpose (a new head on a backbone that is left out of the optimizer) is not
    reported: what is left out counts when it is the smaller part, or when the optimizer holds parameters of no model.
    Nor is a model that is kept in eval mode, or that was loaded beside those that learn: it is meant as it came.
    """

    def __init__(self, registry: ModelRegistry, layers: Layers) -> None:
        self._registry = registry
        self._layers = layers
        self._built: WeakMap[tuple[int, Site]] = WeakMap()
        self._held: dict[int, ReferenceType[Tensor]] = {}
        self._left_out: dict[int, _LeftOut] = {}
        self._loaded: WeakMap[bool] = WeakMap()

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """A module gets its weights from elsewhere, and the modules in it do."""
        for module in event.module.modules():
            self._loaded[module] = True

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """An optimizer is built: what is built later it cannot hold. However seldom it steps, it holds its part."""
        self._built[event.optimizer] = self._layers.count, here()
        self._hold(event.optimizer)

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Look at the models whose parameters this optimizer could hold."""
        holds = self._hold(event.optimizer)
        reached = [each for each in self._registry.parameters() if each.requires_grad and each.grad is not None]
        if all(map(self._is_held, reached)):
            return
        stale = any(self._registry.owner(each) is None for each in holds)
        models: dict[int, tuple[nn.Module, list[Tensor]]] = {}
        for each in reached:
            owner = self._registry.owner(each)
            if owner is not None and self._registry.is_model(owner[0]):
                models.setdefault(id(owner[0]), (owner[0], []))[1].append(each)
        for model, trained in models.values():
            left_out = [each for each in trained if not self._is_held(each)]
            inside = sum(each.numel() for each in trained) - sum(each.numel() for each in left_out)
            small = not stale and 0 < inside < sum(each.numel() for each in left_out)
            as_it_came = model in self._loaded and not inside and not stale
            meant = small or as_it_came or not model.training
            whole = self._layers.site(model) if not inside else None
            for each in left_out:
                self._leave_out(model, each, meant, whole, self._built.get(event.optimizer), here)

    def _hold(self, optimizer: Optimizer) -> list[Tensor]:
        holds = parameters_of(optimizer)
        self._held.update((id(each), ref(each)) for each in holds)
        for each in holds:
            known = self._left_out.get(id(each))
            if known is not None and known.parameter() is each:
                known.held = True
        return holds

    def _is_held(self, parameter: Tensor) -> bool:
        known = self._held.get(id(parameter))
        return known is not None and known() is parameter

    def _leave_out(
        self,
        model: nn.Module,
        parameter: Tensor,
        meant: bool,
        whole: Site | None,
        built: tuple[int, Site] | None,
        here: Here,
    ) -> None:
        """Count a step around a parameter; `whole` is where its model was built, of which nothing is held."""
        known = self._left_out.get(id(parameter))
        if known is None or known.parameter() is not parameter:
            owner = self._registry.owner(parameter)
            name = "" if owner is None else owner[1]
            late = self._late(model, name, built[0]) if built is not None else None
            if late is not None and built is not None:
                known = _LeftOut(ref(parameter), *late, built[1])
            elif whole is not None:
                known = _LeftOut(ref(parameter), type(model).__name__, whole)
            else:
                site = self._registry.site_of_parameter(parameter, here())
                known = _LeftOut(ref(parameter), name.rpartition(".")[0] or name, site)
            self._left_out[id(parameter)] = known
        known.steps += 1
        known.meant = meant

    def _late(self, model: nn.Module, name: str, built: int) -> tuple[str, Site] | None:
        """The outermost layer on the way to a parameter that was built after so many others, and what put it there."""
        parts = name.split(".")
        layer: Any = model
        for index, part in enumerate(parts[:-1]):
            layer = getattr(layer, part, None)
            built_by = self._layers.built_by(layer) if isinstance(layer, nn.Module) else ()
            if built_by and self._layers.order(layer) > built:
                statement = built_by[-1].page.statement_at(built_by[-1].line)
                site = built_by[-1].site if statement is None else built_by[-1].page.site(statement)
                return ".".join(parts[: index + 1]), site
        return None

    def finish(self) -> Iterable[Fact]:
        """One fact for each layer that was left out."""
        seen: set[tuple[str, Site]] = set()
        for each in self._left_out.values():
            if each.steps < FEWEST_STEPS or each.meant or (each.name, each.site) in seen:
                continue
            seen.add((each.name, each.site))
            yield UnheldParameters(
                site=each.site,
                name=each.name,
                trainable=Yes,
                held=Answer.of(each.held),
                optimizer=each.optimizer,
                omission=Omission.MODULE if each.optimizer is None else Omission.LATE,
            )
