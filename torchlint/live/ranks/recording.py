"""Records one rank of a distributed run, so that the ranks can be compared when all have ended."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, RandomSampler, SequentialSampler

from torchlint.facts.site import Site
from torchlint.knowledge.wrappers import REPLICATES, SHARDED_PARAMETERS, SHARDS, STAGES
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.ranks import fingerprint
from torchlint.live.ranks.records import LoaderRecord, OptimizerRecord, Rank
from torchlint.live.stream.events import (
    BackwardStarted,
    BatchDrawn,
    ForwardStarted,
    LoaderInitStarted,
    LoaderIterated,
    StepEnded,
    StepStarted,
)
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.stream.recorder import Recorder


class RankRecorder(Observer):
    """Records a rank. Ranks run the same code: their first optimizer, their second, ... correspond to each other."""

    def __init__(self, recorder: Recorder, rank: Rank) -> None:
        self.optimizers: list[OptimizerRecord] = []
        self.loaders: list[LoaderRecord] = []
        self._recorder = recorder
        self._rank = rank
        self._of_optimizer: WeakKeyDictionary[Optimizer, OptimizerRecord] = WeakKeyDictionary()
        self._of_loader: WeakKeyDictionary[DataLoader[Any], LoaderRecord] = WeakKeyDictionary()
        self._built: WeakKeyDictionary[DataLoader[Any], Site] = WeakKeyDictionary()
        self._modules: WeakSet[Module] = WeakSet()
        self._latest: LoaderRecord | None = None

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """Remember the modules, for the names of their parameters."""
        self._modules.add(event.module)

    @on(StepStarted)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Before its first step an optimizer is recorded, with the parameters as they are."""
        optimizer = event.optimizer
        if optimizer not in self._of_optimizer:
            record = self._record_of(optimizer, here())
            self._of_optimizer[optimizer] = record
            self.optimizers.append(record)
            self._digest(optimizer, record)

    @on(StepEnded)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """Digest the parameters after a step that is looked at closely."""
        record = self._of_optimizer.get(event.optimizer)
        if record is not None:
            record.steps += 1
            if record.steps <= 2 or self._recorder.periodic:
                self._digest(event.optimizer, record)

    @on(LoaderInitStarted)
    def loader_init_started(self, event: LoaderInitStarted, here: Here) -> None:
        """Remember where a loader is built."""
        self._built[event.loader] = here()

    @on(LoaderIterated)
    def loader_iterated(self, event: LoaderIterated, here: Here) -> None:
        """An epoch of a loader begins."""
        self._epoch_begins(event.loader, here)

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """Remember which loader gave the latest batch."""
        self._latest = self._of_loader.get(event.loader)

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The loader that gave the latest batch is one that trains."""
        if self._latest is not None and (self._recorder.sampled or not self._latest.trains):
            self._latest.trains = True
            self._latest.wrapped = any(_is_replicated(each, self._rank.of) for each in self._modules)

    def _epoch_begins(self, loader: DataLoader[Any], here: Here) -> None:
        record = self._of_loader.get(loader)
        if record is None:
            sampler = _distributed_sampler(loader)
            dealt_to_all = sampler is not None and sampler.num_replicas == self._rank.of
            record = LoaderRecord(self._built.get(loader) or here(), dealt_to_all)
            if _draws_alone(loader):
                record.local, record.data = True, fingerprint.of_dataset(loader.dataset)
            self._of_loader[loader] = record
            self.loaders.append(record)

    def _record_of(self, optimizer: Optimizer, site: Site) -> OptimizerRecord:
        parameters = parameters_of(optimizer)
        names = self._names()
        wrapped = {id(each) for module in self._modules if _is_wrapper(module) for each in module.parameters()}
        return OptimizerRecord(
            site=site,
            names=[names.get(id(each), f"parameter {number}") for number, each in enumerate(parameters)],
            shapes=[list(each.shape) for each in parameters],
            wrapped=bool(parameters) and all(id(each) in wrapped for each in parameters),
            whole=all(_is_whole(each) for each in parameters) and not any(map(_is_sharded, self._modules)),
        )

    def _names(self) -> dict[int, str]:
        """Names as in the outermost module of those that ran: the one with the longest."""
        names: dict[int, str] = {}
        for module in self._modules:
            for name, parameter in module.named_parameters():
                plain = name.removeprefix("module.")
                if len(plain) > len(names.get(id(parameter), "")):
                    names[id(parameter)] = plain
        return names

    def _digest(self, optimizer: Optimizer, record: OptimizerRecord) -> None:
        if record.whole:
            record.digests[str(record.steps)] = _digests(parameters_of(optimizer))


def _is_whole(parameter: Tensor) -> bool:
    return (
        type(parameter).__name__ not in SHARDED_PARAMETERS and not parameter.is_meta and parameter.is_floating_point()
    )


def _is_wrapper(module: Module) -> bool:
    return type(module).__name__ == REPLICATES


def _is_replicated(module: Module, ranks: int) -> bool:
    """Whether a module is trained on as many ranks, each with data of its own."""
    if not type(module).__name__.startswith((REPLICATES, *SHARDS)):
        return False
    group = getattr(module, "process_group", None)
    meshes = {mesh.ndim for each in module.parameters() if (mesh := getattr(each, "device_mesh", None)) is not None}
    # In a mesh of more dimensions some ranks share the work on one batch.
    return (group is None or group.size() == ranks) and meshes <= {1}


def _draws_alone(loader: Any) -> bool:
    """Whether torch's own samplers draw from the dataset of a loader, which know nothing of other ranks."""
    own = type(loader.sampler) in (RandomSampler, SequentialSampler) and not isinstance(loader.dataset, IterableDataset)
    return own and (loader.batch_sampler is None or type(loader.batch_sampler) is BatchSampler)


def _is_sharded(module: Module) -> bool:
    return type(module).__name__.startswith((*SHARDS, *STAGES))


def _digests(parameters: list[Tensor]) -> list[float]:
    """Sum and norm of each parameter, fetched from the device at once."""
    with torch.no_grad():
        taken = []
        for parameter in parameters:
            value = parameter.detach()
            taken += [value.sum(dtype=torch.float64), torch.linalg.vector_norm(value, dtype=torch.float64)]
        if not taken:
            return []
        found: list[float] = torch.stack([each.to(taken[0].device) for each in taken]).tolist()
        return found


def _distributed_sampler(loader: Any) -> Any:
    for sampler in (loader.sampler, loader.batch_sampler, getattr(loader.batch_sampler, "sampler", None)):
        if hasattr(sampler, "num_replicas") and hasattr(sampler, "set_epoch"):
            return sampler
    return None
