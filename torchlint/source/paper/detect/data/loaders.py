"""Detects loaders: what they are given, how they draw, and what their batches are used for."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Dataset, Loader
from torchlint.facts.site import Site
from torchlint.intent.held_out import Data, is_held_out
from torchlint.intent.loader_use import LoaderUse, evaluates_too, is_for_evaluation, is_for_training
from torchlint.intent.splits import is_named_for_training
from torchlint.knowledge.names import says_rank
from torchlint.source import syntax
from torchlint.source.paper.detect.data import samplers
from torchlint.source.paper.detect.data.supply import Supply, part_argument, training_part
from torchlint.source.paper.detect.data.uses import LoaderUses
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.surroundings import is_in_unit_tests
from torchlint.source.paper.domain.values import (
    Choice,
    Kind,
    Length,
    Literal,
    Routine,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.occurrences.data import Use
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.classes import is_iterable_dataset
from torchlint.source.paper.python.machine import Machine
from torchlint.source.walk import words_in


class Loaders(Detector):
    """Calls of `DataLoader`."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._uses = self.share(LoaderUses)
        self._supply = self.share(Supply)

    @listens
    def emit_loaders(self, _: ProjectEnded) -> None:
        """Tell which loaders were built, and what their batches were used for."""
        built = [
            (thing, thing.site)
            for thing in self.machine.objects.all
            if thing.kind is Kind.LOADER and thing.last == "DataLoader" and thing.site is not None
        ]
        evaluating = {site for thing, site in built if evaluates_too(self._purpose(thing))}
        training = {site for thing, site in built if is_for_training(self._purpose(thing)) is not No}
        for thing, site in built:
            self._emit(thing, site, shared=site in evaluating, only_evaluates=site not in training)

    def _emit(self, loader: Thing, site: Site, *, shared: bool, only_evaluates: bool) -> None:
        names = self.machine.names_of(loader)
        use = self._uses.of(loader)
        purpose = self._purpose(loader)
        shuffle = loader.arguments.get("shuffle", 2)
        given, drawn_by = samplers.sampler_of(self.machine, loader)
        dataset = loader.arguments.get("dataset", 0)
        told = loader.via if Use.ORDERED_BY_CALLER in use else ()
        self.emit(
            Loader(
                site=site,
                via=loader.via,
                dataset=self._dataset(dataset),
                trains=is_for_training(purpose),
                evaluates=is_for_evaluation(purpose),
                shuffle=loader.arguments.says("shuffle", 2, default=No),
                shuffle_given=Yes if shuffle is not None else Unknown if loader.arguments.may_give("shuffle") else No,
                sampler=Unknown if Use.RESAMPLED in use else given,
                drawn_by=drawn_by,
                held_out=is_held_out(Data(names, self._names_of(dataset))),
                data_parallel=Yes if use.data_parallel else Unknown,
                workers=_workers(loader),
                whole=Answer.of(isinstance(loader.arguments.get("batch_size", 1), Length)),
                scored=Yes if use.is_scored or {Use.EVALUATES, Use.BY_FRAMEWORK} <= use.found else Unknown,
                leaves_out=_leaves_out(loader),
                dealt_out=Answer.of(Use.DEALT_OUT in use),
                shared=Answer.of(shared),
                only_evaluates=Answer.of(only_evaluates),
                of_test=_is_of_test(self.machine, site, *told),
            ),
            loader.number,
        )

    def _names_of(self, value: Value | None) -> frozenset[str]:
        return self.machine.names_of(value) if value is not None else frozenset()

    def _purpose(self, loader: Thing) -> LoaderUse:
        """What its batches were used for, and what it is called."""
        use = self._uses.of(loader)
        return LoaderUse(
            self.machine.names_of(loader),
            trains=Use.TRAINS in use,
            evaluates=Use.EVALUATES in use,
            read=Use.READ in use,
            shows_evaluation=use.shows_evaluation,
            keeps_order=_keeps_order(loader),
        )

    def _dataset(self, value: Value | None) -> Dataset:
        if value is None:
            return Dataset("dataset")
        iterable, in_memory = Unknown, Unknown
        for each in options(value):
            if isinstance(each, Thing) and each.of is not None:
                iterable = Yes if is_iterable_dataset(each.of) else No
            elif isinstance(each, Thing):
                iterable = Yes if "Iter" in each.last else No
                in_memory = Answer.of(each.last == "TensorDataset")
        return Dataset(
            name=value.last if isinstance(value, Thing) else getattr(value, "name", ""),
            site=value.site if isinstance(value, Thing) else None,
            names=self.machine.names_of(value),
            iterable=iterable,
            training_part=training_part(self.machine, value) if _is_as_built(self.machine, value) else Unknown,
            part=part_argument(self.machine, value) if _is_as_built(self.machine, value) else None,
            trains=self._dataset_trains(value),
            in_memory=in_memory,
            sharded=_sharded(self.machine, value),
            ordered=_ordered(self.machine, value),
        )

    def _dataset_trains(self, dataset: Value) -> Answer:
        """Whether a loader that trains is given the same dataset, or its own name says that it is for training."""
        direct = self._supply.direct.get(dataset.number, [])
        if any(is_for_training(self._purpose(loader)) is Yes for loader in direct):
            return Yes
        names = self.machine.names_of(dataset)
        return Yes if is_named_for_training(names) and not isinstance(dataset, Choice) else Unknown


def _is_of_test(machine: Machine, *places: Site) -> Answer:
    """Whether a unit test decided there how data is loaded."""
    found = (machine.project.modules.get(file) for file in {place.file for place in places})
    return Answer.of(any(is_in_unit_tests(module) for module in found if module is not None))


def _workers(loader: Thing) -> int | None:
    workers = loader.arguments.get("num_workers", 5)
    if workers is None:
        return None if loader.arguments.may_give("num_workers") else 0
    return workers.value if isinstance(workers, Literal) and isinstance(workers.value, int) else None


def _leaves_out(loader: Thing) -> Answer:
    """Whether the samples at the end that fill no batch are left out."""
    size = loader.arguments.get("batch_size", 1)
    if size is None or (isinstance(size, Literal) and size.value == 1):
        return No
    return loader.arguments.says("drop_last", 8, default=No)


def _keeps_order(loader: Thing) -> bool:
    """Whether its author wrote that it is not shuffled."""
    shuffle = loader.arguments.get("shuffle", 2)
    return isinstance(shuffle, Literal) and not shuffle.value


def _sharded(machine: Machine, dataset: Value) -> Answer:
    """No where neither a dataset nor what it wraps was given a rank."""
    for each in options(dataset):
        if not isinstance(each, Thing) or each.arguments.unknown or any(map(says_rank, each.arguments.keywords)):
            return Unknown
        for argument in each.arguments:
            if any(map(says_rank, machine.names_of(argument))):
                return Unknown
            if isinstance(argument, Thing) and argument.kind is Kind.DATASET and _sharded(machine, argument) is not No:
                return Unknown
            if each.last == "Subset" and not isinstance(argument, Thing):
                return Unknown
    return No


def _ordered(machine: Machine, dataset: Value) -> Answer:
    """No where a dataset of the project gives any sample for any index: its `__getitem__` never mentions it."""
    owner = dataset.of if isinstance(dataset, Thing) else None
    method = class_attribute(machine, owner, "__getitem__") if owner is not None else None
    if not isinstance(method, Routine) or not isinstance(method.definition, syntax.Function):
        return Unknown
    index = method.definition.parameters[1:2]
    return Unknown if not index else Answer.of(any(index[0].name in words_in(each) for each in method.definition.body))


def _is_as_built(machine: Machine, dataset: Value) -> bool:
    """Whether a library's dataset still holds what it was built with; a project's own may pick what it likes."""
    return isinstance(dataset, Thing) and (
        dataset.of is not None or dataset.number not in machine.objects.attribute_names
    )
