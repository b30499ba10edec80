"""Gradients just before a step: their norms, how they vanish towards the first layers, and which are NaN or Inf."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, sqrt
from statistics import median
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.facts.answer import Answer
from torchlint.facts.event import Step
from torchlint.facts.fact import Fact
from torchlint.facts.health import GradientFlow, GradientHistory, NonFinite, NonFiniteValue, Quantity
from torchlint.facts.run import TrainingIteration
from torchlint.facts.site import Site
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.stream.events import GradientsClipped, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

MOST_STEPS = 200
_NUMBER = re.compile(r"\d+")
AS_THEY_ARE = frozenset((torch.float32, torch.float64, torch.bfloat16))
NOT_WEIGHED = (nn.Embedding, nn.EmbeddingBag, nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)


@dataclass(slots=True)
class _FedLayer:
    """A layer in one step: the largest gradient among its weights, per number; `weighs` says that it has any."""

    layer: nn.Module
    block: str
    gradient: float = 0.0
    weighs: bool = False


@dataclass(slots=True)
class _History:
    """What one optimizer's gradients were at the steps that were looked at."""

    site: Site
    norms: list[tuple[int, float]] = field(default_factory=list)
    clipped: bool = False
    largest: str = ""
    flows: dict[tuple[str, str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    places: dict[tuple[str, str, int], Site] = field(default_factory=dict)


class GradientObserver(Observer):
    """Takes all norms of an optimizer's gradients at once, at sampled steps, just before it steps."""

    def __init__(self, recorder: Recorder, registry: ModelRegistry) -> None:
        self._recorder = recorder
        self._registry = registry
        self._histories: WeakKeyDictionary[Optimizer, _History] = WeakKeyDictionary()
        self._all: list[_History] = []  # They are wanted when their optimizers are gone.
        self._clips = False
        self._bad: NonFinite | None = None

    @on(GradientsClipped)
    def gradients_clipped(self, event: GradientsClipped, here: Here) -> None:
        """Remember that gradients are clipped on the way to the next step."""
        self._clips = True

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Measure."""
        optimizer = event.optimizer
        clips, self._clips = self._clips, False
        history = self._histories.get(optimizer)
        if history is None:
            history = self._histories[optimizer] = _History(here())
            self._all.append(history)
        history.clipped = history.clipped or clips
        with_gradients = [(each, each.grad) for each in parameters_of(optimizer) if each.grad is not None]
        held = [each for each, _ in with_gradients]
        norms = norms_of([gradient for _, gradient in with_gradients])
        if not norms:
            return
        total = sqrt(sum(norm * norm for norm in norms)) if all(map(isfinite, norms)) else float("inf")
        history.norms.append((self._recorder.step_number, total))
        history.largest = self._named(max(zip(norms, held, strict=True), key=lambda pair: pair[0])[1])
        if len(history.norms) > 1:  # What starts at zero, such as half of an adapter, has no gradient in a first step.
            self._flow(history, held, norms)
        if self._bad is None and not isfinite(total):
            self._find(held, norms, here)
        del history.norms[:-MOST_STEPS]

    def _named(self, parameter: Tensor) -> str:
        owner = self._registry.owner(parameter)
        return "" if owner is None else owner[1].rpartition(".")[0]

    def _flow(self, history: _History, held: list[Tensor], norms: list[float]) -> None:
        """Compare the first quarter of each model's blocks with the last, in the order in which they ran."""
        models: dict[int, dict[int, _FedLayer]] = defaultdict(dict)
        for parameter, norm in zip(held, norms, strict=True):
            owner = self._registry.owner(parameter)
            name = "" if owner is None else owner[1].rpartition(".")[0]
            layer = None if owner is None else owner[0].get_submodule(name)
            order = None if layer is None else self._registry.order(layer)
            if owner is None or layer is None or order is None or not isfinite(norm):
                continue
            fed = models[id(owner[0])].setdefault(order, _FedLayer(layer, _block(name)))
            if parameter.dim() > 1 or isinstance(layer, NOT_WEIGHED):
                fed.gradient = max(fed.gradient, norm / sqrt(parameter.numel()))
            fed.weighs = fed.weighs or (parameter.dim() > 1 and not isinstance(layer, NOT_WEIGHED))
        for layers in models.values():
            self._compare([layers[order] for order in sorted(layers)], history)

    def _compare(self, layers: list[_FedLayer], history: _History) -> None:
        """Queries and keys have small gradients by nature: nothing vanishes where something beside them is well fed."""
        weighed = [each for each in layers if each.weighs]
        blocks = _alike(list(dict.fromkeys(each.block for each in weighed)))
        part = max(1, len(blocks) // 4)
        if len(blocks) < 2:
            return
        first, last = set(blocks[:part]), blocks[-part:]
        until = max(index for index, each in enumerate(layers) if each.weighs and each.block in first)
        early = max(each.gradient for each in layers[: until + 1])
        late = median(max(each.gradient for each in weighed if each.block == block) for block in last)
        if late > 0:
            start = weighed[0].layer
            end = next(each.layer for each in reversed(weighed) if each.block == blocks[-1])
            key = (self._registry.called(start), self._registry.called(end), len(weighed))
            history.flows[key].append(early / late)
            history.places.setdefault(key, self._registry.site(start, history.site))

    def _find(self, held: list[Tensor], norms: list[float], here: Here) -> None:
        for parameter, norm in zip(held, norms, strict=True):
            if isfinite(norm) or parameter.grad is None:
                continue
            value = non_finite_value(parameter.grad)
            if value is not None:
                site = self._registry.site_of_parameter(parameter, here())
                module = self._named(parameter)
                self._bad = NonFinite(
                    site=site, quantity=Quantity.GRADIENT, value=value, module=module, step=self._recorder.step_number
                )
                return

    @property
    def first_non_finite(self) -> NonFinite | None:
        """The first gradient seen that was no number."""
        return self._bad

    def finish(self) -> Iterable[Fact]:
        """The histories, and how gradients vanish in each model."""
        for history in self._all:
            clipped = Answer.of(history.clipped)
            yield GradientHistory(
                site=history.site, norms=tuple(history.norms), clipped=clipped, largest=history.largest
            )
            for (first, last, layers), ratios in history.flows.items():
                site = history.places[first, last, layers]
                yield GradientFlow(site=site, first=first, last=last, layers=layers, ratios=tuple(ratios))


def _block(name: str) -> str:
    """The layers beside each other that a layer is one of: the innermost that has a number, else itself."""
    parts = name.split(".")
    numbered = [index for index, part in enumerate(parts) if part.isdigit()]
    return ".".join(parts[: numbered[-1] + 1]) if numbered else name


def _alike(blocks: list[str]) -> list[str]:
    """The blocks that stand in one list with the first, if there are any: others may have other gradients by nature."""
    lists = [_NUMBER.sub("#", block) for block in blocks]
    alike = [block for block, each in zip(blocks, lists, strict=True) if each == lists[0]]
    return alike if len(alike) > 1 else blocks


def with_gradient_norms(facts: list[Fact]) -> list[Fact]:
    """The facts of a run, its iterations with the norms that were seen at their steps."""
    seen = {fact.site: tuple(norm for _, norm in fact.norms) for fact in facts if isinstance(fact, GradientHistory)}
    return [_with_gradient_norms(fact, seen) if isinstance(fact, TrainingIteration) else fact for fact in facts]


def _with_gradient_norms(iteration: TrainingIteration, seen: dict[Site, tuple[float, ...]]) -> TrainingIteration:
    steps = sorted({step.site for step in iteration.events(Step)} & seen.keys())
    return replace(iteration, norms=tuple((site, seen[site]) for site in steps))


def norms_of(gradients: Sequence[Tensor]) -> list[float]:
    """The Euclidean norm of each, with one transfer for all on a device."""
    found = [0.0] * len(gradients)
    alike: dict[tuple[torch.device, torch.dtype], tuple[list[int], list[Tensor]]] = {}
    for index, gradient in enumerate(gradients):
        value = _values(gradient)
        if value is not None and value.numel():
            indices, values = alike.setdefault((value.device, value.dtype), ([], []))
            indices.append(index)
            values.append(value)
    for indices, values in alike.values():
        norms = torch.stack(torch._foreach_norm(values)).tolist()
        for index, norm in zip(indices, norms, strict=True):
            found[index] = norm
    return found


def _values(gradient: Tensor) -> Tensor | None:
    """The numbers in a gradient, as reals; None where there are none to be had."""
    gradient = gradient.detach()
    if gradient.is_meta:
        return None
    if type(gradient) is Tensor and gradient.layout is torch.strided and gradient.dtype in AS_THEY_ARE:
        return gradient
    if gradient.layout is torch.sparse_coo:
        gradient = gradient.coalesce().values()
    if hasattr(gradient, "to_local"):
        gradient = gradient.to_local()
    if gradient.layout is not torch.strided:
        return None
    if gradient.is_complex():
        return torch.view_as_real(gradient)
    # The square of a number in half precision may be too large for it.
    return gradient.float() if gradient.dtype is torch.float16 else gradient


def non_finite_value(tensor: Tensor) -> NonFiniteValue | None:
    """NaN or Inf if a tensor holds one, else None."""
    numbers = _values(tensor)
    if numbers is None or not numbers.is_floating_point() or bool(torch.isfinite(numbers).all()):
        return None
    return NonFiniteValue.NAN if bool(torch.isnan(numbers).any()) else NonFiniteValue.INF
