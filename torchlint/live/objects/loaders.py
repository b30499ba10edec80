"""Data loaders as they are built and used: their samplers, what their batches feed, batches drawn by hand."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, SequentialSampler

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Dataset, Loader, Sampler
from torchlint.facts.fact import Fact
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.intent.held_out import Data, is_held_out
from torchlint.intent.loader_use import LoaderUse, evaluates_too, is_for_evaluation, is_for_training
from torchlint.live.objects.datasets import dataset_of, drawn_by
from torchlint.live.objects.identity import Identities, WeakMap
from torchlint.live.objects.pipelines import DatasetPipeline, Pipelines, PipelineUse, facts_of
from torchlint.live.objects.tensors import storage, tensors_in
from torchlint.live.stream.events import LoaderInitEnded, LoaderInitStarted, LoaderIterated
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, builders
from torchlint.live.text.around import is_in_unit_tests
from torchlint.live.text.constructions import calls_class, names_of_result
from torchlint.live.text.pages import NOWHERE
from torchlint.live.text.spots import Spot

MOST_EPOCHS = 64


@dataclass(slots=True)
class SeenLoader:
    """What was seen of a loader; `trains`, `evaluates` and `read` say what was done with its batches.

    `shows_evaluation` says that a loop which runs a model on them is named for evaluation, or they are; `scored` that
    an evaluation measures each of its samples.
    `made_by_user` is False where a call of the user's made it that is no constructor, as frameworks have them; `used`
    says whether it was iterated. `source` is the number of its dataset; `epochs` are the numbers that its sampler had
    at the first iterations; `pipelines` are the transforms that its
    dataset held when it was seen first.
    """

    number: int
    built_by: tuple[Spot, ...] = ()
    given: frozenset[str] = frozenset()
    dataset: Dataset = field(default_factory=lambda: Dataset("dataset"))
    names: set[str] = field(default_factory=set)
    trains: bool = False
    evaluates: bool = False
    read: bool = False
    shows_evaluation: bool = False
    scored: bool = False
    leaves_out: Answer = Unknown
    shuffle: Answer = Unknown
    sampler: Answer = Unknown
    drawn_by: Sampler | None = None
    workers: int | None = None
    batches: int | None = None
    source: int = 0
    made_by_user: bool = True
    used: bool = False
    epochs: list[int] = field(default_factory=list)
    pipelines: tuple[DatasetPipeline, ...] = ()

    @property
    def site(self) -> Site:
        """Where it was built."""
        return self.built_by[-1].site if self.built_by else NOWHERE

    @property
    def data(self) -> Data:
        """What it and its dataset are called."""
        return Data(frozenset(self.names), self.dataset.names)

    @property
    def use(self) -> LoaderUse:
        """What it was used for."""
        return LoaderUse(
            frozenset(self.names),
            trains=self.trains,
            evaluates=self.evaluates,
            read=self.read,
            shows_evaluation=self.shows_evaluation,
            keeps_order=self.shuffle is No and "shuffle" in self.given,
        )


@dataclass(slots=True)
class Batch:
    """The last batch of a loader: where its tensors are stored, their shapes, and which went into a model."""

    storages: list[int]
    shapes: list[torch.Size]
    samples: int
    drawn_by_hand: int | None = None
    fed: set[int] = field(default_factory=set)

    def find(self, tensor: Tensor) -> int | None:
        """Which of its tensors this is: a view of it, or a copy by its shape where only one has that."""
        address = storage(tensor)
        if address in self.storages:
            return self.storages.index(address)
        return self.shapes.index(tensor.shape) if self.shapes.count(tensor.shape) == 1 else None


class Loaders(Observer):
    """What is known of each loader, and which batches are in use."""

    def __init__(self, identities: Identities, pipelines: Pipelines) -> None:
        self._identities = identities
        self._pipelines = pipelines
        self._known: dict[int, SeenLoader] = {}
        self._built_by_calls: WeakMap[tuple[tuple[Spot, ...], frozenset[str]]] = WeakMap()
        self._batches: dict[int, Batch] = {}

    @on(LoaderInitStarted)
    def loader_init_started(self, event: LoaderInitStarted, here: Here) -> None:
        """A loader is being built."""
        given = _arguments_given(event.arguments, event.keywords)
        self._built_by_calls[event.loader] = builders(here.chain, type(event.loader)), given

    @on(LoaderInitEnded)
    def loader_init_ended(self, event: LoaderInitEnded, here: Here) -> None:
        """A loader was built: it is described as it is now."""
        self.of(event.loader)

    def of(self, loader: DataLoader[Any]) -> SeenLoader:
        """What is known of a loader."""
        number = self._identities.number(loader)
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._describe(loader, number)
        return known

    def by_number(self, number: int) -> SeenLoader:
        """What is known of a loader that may be gone."""
        return self._known[number]

    def lengths(self) -> frozenset[int]:
        """How many batches the loaders have that were used."""
        return frozenset(known.batches for known in self._known.values() if known.batches)

    def _describe(self, loader: DataLoader[Any], number: int) -> SeenLoader:
        built_by, given = self._built_by_calls.get(loader) or ((), frozenset())
        sampler = getattr(loader, "sampler", None)
        kinds = (SequentialSampler, RandomSampler)
        own_sampler = {"sampler", "batch_sampler"} & given or not isinstance(sampler, kinds)
        iterable = isinstance(loader.dataset, IterableDataset)
        return SeenLoader(
            number,
            built_by,
            given,
            dataset=dataset_of(loader, built_by, iterable),
            names=set(names_of_result(built_by)),
            shuffle=Unknown if own_sampler or iterable else Answer.of(isinstance(sampler, RandomSampler)),
            sampler=Answer.of(bool(own_sampler) and not iterable),
            drawn_by=drawn_by(sampler, built_by) if own_sampler else None,
            workers=loader.num_workers,
            batches=_length(loader),
            leaves_out=Answer.of(_leaves_out(loader)),
            made_by_user=calls_class(built_by, type(loader)),
            pipelines=self._pipelines.of(loader.dataset),
            source=self._identities.number(loader.dataset) if _has_identity(loader.dataset) else 0,
        )

    @on(LoaderIterated)
    def loader_iterated(self, event: LoaderIterated, here: Here) -> None:
        """An epoch begins."""
        loader = event.loader
        known, epoch = self.of(loader), getattr(loader.sampler, "epoch", None)
        if not known.used:
            known.pipelines = self._pipelines.of(loader.dataset)
        known.used = True
        if isinstance(epoch, int) and len(known.epochs) < MOST_EPOCHS:
            known.epochs.append(epoch)

    def drawn(self, loader: DataLoader[Any], batch: Any, by_hand: int | None) -> None:
        """A batch is drawn; `by_hand` is the event's number where it is the only one of its iterator."""
        tensors = list(tensors_in(batch))
        samples = next((each.shape[0] for each in tensors if each.dim()), 0)
        self._batches[self._identities.number(loader)] = Batch(
            [storage(each) for each in tensors], [each.shape for each in tensors], samples, by_hand
        )

    def fed_by_batch(self, inputs: Any) -> tuple[Answer, int | None]:
        """Whether what goes into a model is a batch that some loader gave last, and the draw by hand that gave it."""
        fed, by_hand = Unknown, None
        for tensor in tensors_in(inputs):
            for batch in self._batches.values():
                index = batch.find(tensor)
                if index is not None:
                    batch.fed.add(index)
                    by_hand = batch.drawn_by_hand
                if index is not None or (tensor.dim() and tensor.shape[0] == batch.samples):
                    fed = Yes
        return fed, by_hand

    def origin(self, tensor: Tensor) -> Origin:
        """What part of a batch a tensor is."""
        for batch in self._batches.values():
            index = batch.find(tensor)
            if index is not None:
                return Origin.INPUT if index in batch.fed else Origin.TARGET
        return Origin.UNKNOWN

    def gave(self, tensor: Tensor) -> bool:
        """Whether a tensor is a part of the last batch of a loader, itself or as a view."""
        address = storage(tensor)
        return any(address in batch.storages for batch in self._batches.values())

    def made_by(self, tensor: Tensor) -> DatasetPipeline | None:
        """The pipeline that a batch of real data comes from, if it is known and normalises nothing."""
        for number, batch in self._batches.items():
            known = self._known[number]
            if known.dataset.fake is not Yes and batch.find(tensor) is not None:
                bare = [each for each in known.pipelines if each.makes_inputs_as_they_are()]
                return bare[0] if len(bare) == 1 else None
        return None

    def finish(self) -> Iterable[Fact]:
        """All loaders that were seen, and the pipelines of their datasets."""
        for known in self._known.values():
            self._pass_uses_on(known)
        evaluating = {known.site for known in self._known.values() if evaluates_too(known.use)}
        for known in self._known.values():
            if not known.built_by:
                continue
            yield Loader(
                site=known.site,
                via=tuple(spot.site for spot in known.built_by[:-1]),
                dataset=replace(known.dataset, trains=self._is_trained_on(known)),
                trains=is_for_training(known.use),
                evaluates=is_for_evaluation(known.use),
                shuffle=known.shuffle,
                shuffle_given=Answer.of("shuffle" in known.given),
                sampler=known.sampler,
                drawn_by=known.drawn_by,
                workers=known.workers,
                held_out=is_held_out(known.data),
                whole=Answer.of(known.batches == 1),
                scored=Answer.of(known.scored or None),
                leaves_out=known.leaves_out,
                shared=Answer.of(known.site in evaluating),
                of_test=Answer.of(is_in_unit_tests(known.built_by[-1].page)),
            )
        yield from facts_of(self._uses())

    def _uses(self) -> Iterator[PipelineUse]:
        """What loaders do with the images of pipelines."""
        for known in self._known.values():
            trains, evaluates = is_for_training(known.use), is_for_evaluation(known.use)
            for applied in known.pipelines:
                yield PipelineUse(applied, known.dataset.name, known.data.all_names, trains, evaluates)

    def _pass_uses_on(self, known: SeenLoader) -> None:
        """What a library's loader was used for holds for the user's own, which was given to it: `prepare(loader)`."""
        if known.made_by_user or not (known.trains or known.evaluates) or not known.source:
            return
        for each in self._known.values():
            if each.source == known.source and each.made_by_user and not each.used:
                each.trains = each.trains or known.trains
                each.evaluates = each.evaluates or known.evaluates
                each.shows_evaluation = each.shows_evaluation or known.shows_evaluation
                each.scored = each.scored or known.scored

    def _is_trained_on(self, known: SeenLoader) -> Answer:
        """Whether a loader that trains is given the same dataset."""
        same = (each for each in self._known.values() if each.source == known.source and each is not known)
        return Answer.of((known.source > 0 and any(is_for_training(each.use) is Yes for each in same)) or None)


def _has_identity(dataset: object) -> bool:
    """Whether it can be known again without being kept: a plain list cannot."""
    return getattr(type(dataset), "__weakrefoffset__", 0) > 0


def _arguments_given(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> frozenset[str]:
    """The arguments of `DataLoader` that were given and are not None, by name."""
    names = list(inspect.signature(DataLoader.__init__).parameters)[1:]
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    return frozenset(name for name, value in given.items() if value is not None)


def _leaves_out(loader: DataLoader[Any]) -> bool | None:
    """Whether samples at its end fill no batch and are left out."""
    if not loader.drop_last:
        return False
    try:
        return loader.batch_size is not None and len(loader.sampler) % loader.batch_size > 0  # type: ignore[arg-type]
    except TypeError:
        return None  # An iterable dataset has no length.


def _length(loader: DataLoader[Any]) -> int | None:
    try:
        return len(loader)
    except Exception:
        return None  # An iterable dataset, or one whose length raises.
