"""What the first layer of a model is given: the numbers of the batches as they arrive there, normalised or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import ReferenceType, WeakKeyDictionary, WeakSet, ref

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Features
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.pipelines import DatasetPipeline
from torchlint.live.stream.events import ForwardStarted, LossCalled
from torchlint.live.stream.observer import Observer, on

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

WEIGHTED = (nn.Linear, _ConvNd, nn.RNNBase)
BATCHES = 3
MOST_FEATURES = 4096
ALIKE = 0.5
"""How far pixels beside each other go together in an image; in noise they do not."""


@dataclass(slots=True)
class _Seen:
    """The first batches of one layer and one pipeline, and whether they are what a model learns to make."""

    batches: list[Features] = field(default_factory=list)
    given: ReferenceType[Tensor] | None = None
    is_target: bool = False


class FeatureObserver(Observer):
    """Takes the statistics of what comes in to the first weighted layer of a model that is trained.

    There everything that normalises, wherever it is done, has been done; a model that begins with a normalisation
    or an embedding has another layer before. What comes in to later layers has a gradient, or has passed one. Batches
    that a known pipeline made are reported at that pipeline, those of an evaluation too.
    """

    def __init__(self, registry: ModelRegistry, loaders: Loaders) -> None:
        self._registry = registry
        self._loaders = loaders
        self._first: WeakKeyDictionary[nn.Module, ReferenceType[nn.Module]] = WeakKeyDictionary()
        self._seen: WeakKeyDictionary[nn.Module, dict[Site | None, _Seen]] = WeakKeyDictionary()
        self._judges: WeakSet[nn.Module] = WeakSet()
        self._all: list[_Seen] = []  # They are wanted when their layers are gone.

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """Look at the first layer with parameters, if it is a weighted one."""
        module, inputs = event.module, event.inputs
        model = self._registry.model(module)
        known = self._first.get(model)
        if known is None:
            if not any(True for _ in module.parameters(recurse=False)):
                return
            known = self._first[model] = ref(module)
        given = inputs[0] if inputs else None
        if known() is not module or not isinstance(module, WEIGHTED) or not isinstance(given, Tensor):
            return
        if given.grad_fn is not None:
            self._mark_as_target(
                module
            )  # It is given what another model makes: data beside it is what that one learns.
        if not _is_data(given):
            return
        made = self._loaders.made_by(given)
        if made is None and not (module.training and torch.is_grad_enabled()):
            return
        seen = self._seen_of(module, None if made is None else made.site)
        if len(seen.batches) < BATCHES:
            seen.given = ref(given)
            seen.batches.append(_statistics(given, module, made, self._registry.ran(model, here())))

    def _seen_of(self, module: nn.Module, pipeline: Site | None) -> _Seen:
        """What a layer was given of one pipeline, or of none that is known."""
        by_pipeline = self._seen.setdefault(module, {})
        if pipeline not in by_pipeline:
            by_pipeline[pipeline] = _Seen(is_target=module in self._judges)
            self._all.append(by_pipeline[pipeline])
        return by_pipeline[pipeline]

    def _mark_as_target(self, module: nn.Module) -> None:
        """What a layer is given is what some model learns to make, in evaluations too."""
        self._judges.add(module)
        for seen in self._seen.get(module, {}).values():
            seen.is_target = True

    @on(LossCalled, closely=True)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """Mark models whose input is the target too."""
        target = event.arguments.get("target")
        if not isinstance(target, Tensor):
            return
        for module, by_pipeline in list(self._seen.items()):
            given = (None if seen.is_target or seen.given is None else seen.given() for seen in by_pipeline.values())
            if any(each is not None and each.numel() == target.numel() and _same(each, target) for each in given):
                self._mark_as_target(module)

    def finish(self) -> Iterable[Fact]:
        """One fact for each model's first layer: its batches together."""
        for seen in self._all:
            if seen.batches:
                yield _together(seen.batches, Answer.of(seen.is_target))


def _same(given: Tensor, target: Tensor) -> bool:
    given = given.detach().flatten().to(target)
    return torch.equal(given, target.detach().flatten())


def _is_data(given: Tensor) -> bool:
    """Whether a tensor is a batch of measurements: floats, dense, not made by a layer."""
    plain = given.layout is torch.strided and not given.is_meta and given.numel() > 0
    return plain and given.is_floating_point() and not given.requires_grad and given.dim() > 1


@torch.no_grad()
def _statistics(given: Tensor, layer: nn.Module, made: DatasetPipeline | None, site: Site) -> Features:
    values = given.detach().float()
    if made is not None and not isinstance(layer, _ConvNd):
        values = values.flatten(1).unsqueeze(1)  # The pixels of an image are no columns of a table.
    channels = 1 if made is not None or isinstance(layer, _ConvNd) else values.dim() - 1
    rows = values.movedim(channels, -1).reshape(-1, values.shape[channels])[:, :MOST_FEATURES]
    varied = rows[:, ((rows != 0) & (rows != 1)).any(0)]
    deviations = varied.std(0, unbiased=False) if varied.numel() else varied.new_zeros(0)
    means = varied.mean(0) if varied.numel() else varied.new_zeros(0)
    moving = deviations > 0
    return Features(
        site=site if made is None else made.site,
        via=() if made is None else made.via,
        features=rows.shape[1],
        measured=int(moving.sum()),
        mean=float(values.mean()),
        deviation=float(values.std(unbiased=False)),
        low=float(values.min()),
        high=float(values.max()),
        deviations=(float(deviations[moving].min()), float(deviations[moving].max())) if moving.any() else (0.0, 0.0),
        offset=float((means[moving].abs() / deviations[moving]).median()) if moving.any() else 0.0,
        images=_looks_like_images(values) if made is None else Yes,
        batches=1,
    )


def _looks_like_images(values: Tensor) -> Answer:
    if values.dim() != 4 or values.shape[1] not in (1, 3, 4) or min(values.shape[2:]) < 4:
        return No
    left, right = values[..., :-1].flatten(), values[..., 1:].flatten()
    left, right = left - left.mean(), right - right.mean()
    spread = float(left.norm() * right.norm())
    return Answer.of(float(left @ right) / spread > ALIKE) if spread > 0 else Unknown


def _together(seen: list[Features], input_is_target: Answer) -> Features:
    count = len(seen)
    return Features(
        site=seen[0].site,
        via=seen[0].via,
        features=seen[0].features,
        measured=max(each.measured for each in seen),
        mean=sum(each.mean for each in seen) / count,
        deviation=sum(each.deviation for each in seen) / count,
        low=min(each.low for each in seen),
        high=max(each.high for each in seen),
        deviations=(min(each.deviations[0] for each in seen), max(each.deviations[1] for each in seen)),
        offset=min(each.offset for each in seen),
        images=seen[0].images,
        input_is_target=input_is_target,
        batches=count,
    )
