"""The pipelines of transforms that datasets apply, and where they were built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Pipeline, Role, Transform, trained_with
from torchlint.facts.site import Site
from torchlint.intent.transforms import augments_at_test_time, transforms_labels
from torchlint.knowledge.data import FAKE_DATASETS, INNER_DATASETS
from torchlint.knowledge.transforms import OF_PACKAGES, RANDOM_CONTAINERS, ROLES
from torchlint.live.objects.identity import Identities, WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.stream.events import TransformInitStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import builders
from torchlint.live.text.constructions import names_of_result
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

DEEPEST = 8


@dataclass(frozen=True, slots=True)
class DatasetPipeline:
    """A pipeline that a dataset applies: `number` is its identity, `of_target` says that it is for labels or masks."""

    number: int
    built_by: tuple[Spot, ...]
    steps: tuple[Transform, ...]
    of_target: Answer

    @property
    def site(self) -> Site:
        """Where it was built."""
        return self.built_by[-1].site

    @property
    def via(self) -> tuple[Site, ...]:
        """The calls that led there."""
        return tuple(spot.site for spot in self.built_by[:-1])

    def makes_inputs_as_they_are(self) -> bool:
        """Whether it turns images into tensors for a model and has no normalisation."""
        roles = {step.role for step in self.steps}
        return self.of_target is No and Role.TO_TENSOR in roles and Role.NORMALIZE not in roles


@dataclass(frozen=True, slots=True)
class PipelineUse:
    """What a loader does with the images of a pipeline, and the class of the dataset between them.

    `names` are those of the loader and the dataset.
    """

    applied: DatasetPipeline
    dataset: str
    names: frozenset[str]
    trains: Answer
    evaluates: Answer


class Pipelines(Observer):
    """Knows where transforms were built, and reads the pipelines that datasets hold."""

    def __init__(self, identities: Identities, layers: Layers) -> None:
        self._identities = identities
        self._layers = layers
        self._built_by_calls: WeakMap[tuple[Spot, ...]] = WeakMap()

    @on(TransformInitStarted)
    def transform_init_started(self, event: TransformInitStarted, here: Here) -> None:
        """A transform that is no module is being built."""
        self._built_by_calls[event.transform] = builders(here.chain, type(event.transform))

    def of(self, dataset: object) -> tuple[DatasetPipeline, ...]:
        """The pipelines of a dataset and of those that it is made of, where it was seen who built them."""
        return tuple({each.number: each for each in self._held_by(dataset, "")}.values())

    def _held_by(self, holder: object, path: str, depth: int = 0) -> Iterator[DatasetPipeline]:
        """Those that an object keeps, also inside a transform of the user's own; `path` names where that stands."""
        if depth > DEEPEST:
            return
        for name, value in list(getattr(holder, "__dict__", {}).items()):
            inside = f"{path}.{name}"
            if name in INNER_DATASETS:
                for inner in value if isinstance(value, (list, tuple)) else (value,):
                    yield from self._held_by(inner, path, depth + 1)
            elif _role(value) is not Role.UNKNOWN and (built_by := self._built_by(value)):
                steps = tuple(self._steps(value, built_by[-1].site))
                target = Answer.of(transforms_labels((inside, *names_of_result(built_by))))
                yield DatasetPipeline(self._identities.number(value), built_by, steps, target)
            elif "transform" in name:
                yield from self._held_by(value, inside, depth + 1)

    def _built_by(self, transform: Any) -> tuple[Spot, ...]:
        return self._built_by_calls.get(transform) or self._layers.built_by(transform)

    def _steps(self, transform: Any, around: Site) -> Iterator[Transform]:
        built_by, role = self._built_by(transform), _role(transform)
        site = built_by[-1].site if built_by else around
        name = type(transform).__name__
        if role is not Role.CONTAINER:
            yield Transform(name, role, site, _constants(transform) if role is Role.NORMALIZE else ())
            return
        inner = [step for each in _inner(transform) for step in self._steps(each, site)]
        if name in RANDOM_CONTAINERS:
            yield Transform(name, Role.RANDOM, site)
            inner = [step for step in inner if step.role is not Role.RANDOM]
        yield from inner


def facts_of(uses: Iterable[PipelineUse]) -> Iterator[Pipeline]:
    """One fact for each pipeline: what all loaders together do with its images."""
    by_pipeline: dict[int, list[PipelineUse]] = {}
    for use in uses:
        by_pipeline.setdefault(use.applied.number, []).append(use)
    facts = [(_fact(used), frozenset(use.dataset for use in used)) for used in by_pipeline.values()]
    for fact, datasets in facts:
        yield replace(fact, trained_with=trained_with(fact, datasets, facts))


def _fact(uses: list[PipelineUse]) -> Pipeline:
    applied = uses[0].applied
    trains = any(use.trains is Yes for use in uses)
    evaluates = any(use.evaluates is Yes for use in uses)
    return Pipeline(
        site=applied.site,
        via=applied.via,
        steps=applied.steps,
        of_target=applied.of_target,
        normalised_elsewhere=Unknown,
        used=Yes if trains or evaluates else Unknown,
        trains=Yes if trains else Unknown,
        evaluates=Yes if evaluates else Unknown,
        fake=Answer.of(any(use.dataset in FAKE_DATASETS for use in uses)),
        deliberate=augments_at_test_time(names_of_result(applied.built_by).union(*(use.names for use in uses))),
    )


def _role(transform: object) -> Role:
    """The part that an object plays in a pipeline, UNKNOWN for everything of the user's own."""
    kind = type(transform)
    return ROLES.get(kind.__name__, Role.UNKNOWN) if kind.__module__.startswith(OF_PACKAGES) else Role.UNKNOWN


def _inner(container: Any) -> list[Any]:
    held = getattr(container, "transforms", None)
    return list(held if held is not None else container)


def _constants(normalize: Any) -> tuple[tuple[float, ...], ...]:
    """Mean and standard deviation, as they were given."""
    try:
        return tuple(tuple(float(number) for number in getattr(normalize, name)) for name in ("mean", "std"))
    except (AttributeError, TypeError, ValueError):
        return ()  # One number for all channels, or something else that is taken as it is.
