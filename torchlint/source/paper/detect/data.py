"""Loaders and batches drawn by hand, as facts."""

from __future__ import annotations

from typing import Any

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Dataset, Loader, SingleBatch
from torchlint.facts.site import Site
from torchlint.knowledge.names import (
    evaluates_by_name,
    held_out_by_names,
    is_deliberate_name,
    says_rank,
    trains_by_name,
)
from torchlint.source.paper.detect import samplers
from torchlint.source.paper.detect.pipelines import note_pipelines
from torchlint.source.paper.detect.supply import Supply, training_part
from torchlint.source.paper.detect.unit_tests import is_unit_test
from torchlint.source.paper.domain.values import (
    Choice,
    Kind,
    Length,
    Literal,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.python.classes import is_iterable_dataset
from torchlint.source.paper.python.machine import Machine


def note_data(machine: Machine) -> None:
    """Tell what loaders and pipelines were built, and what their batches were used for."""
    supply = Supply(machine)
    for thing in machine.things:
        if thing.kind is Kind.LOADER:
            _note_loader(machine, thing, supply)
    note_pipelines(machine, supply)


def _note_loader(machine: Machine, loader: Thing, supply: Supply) -> None:
    if loader.site is None or loader.last != "DataLoader":
        return
    names = frozenset(machine.names_of(loader))
    shuffle = loader.arguments.get("shuffle", 2)
    trains, evaluates = _use(machine, loader)
    given, drawn_by = samplers.sampler_of(loader)
    dataset = loader.arguments.get("dataset", 0)
    machine.record(
        Loader(
            site=loader.site,
            via=loader.via,
            dataset=_dataset(machine, dataset, supply),
            trains=trains,
            evaluates=evaluates,
            shuffle=loader.arguments.says("shuffle", 2, default=No),
            shuffle_given=Yes if shuffle is not None else Unknown if loader.arguments.unknown else No,
            sampler=Unknown if "resampled" in machine.uses_of(loader) else given,
            drawn_by=drawn_by,
            held_out=held_out_by_names(
                names, frozenset(machine.names_of(dataset)) if dataset is not None else frozenset()
            ),
            data_parallel=Yes if "data parallel" in machine.uses_of(loader) else Unknown,
            workers=_workers(loader),
            whole=Yes if _is_whole(loader.arguments.get("batch_size", 1)) else No,
            dealt_out=Yes if "dealt out" in machine.uses_of(loader) else No,
            of_test=_is_of_test(machine, loader.site, *(loader.via if "told" in machine.uses_of(loader) else ())),
        ),
        loader.number,
    )


def _is_of_test(machine: Machine, *places: Site) -> Answer:
    """Whether a unit test decided there how data is loaded."""
    modules = machine.project.modules
    return Answer.of(any(is_unit_test(modules[file]) for file in {place.file for place in places} if file in modules))


def _is_whole(size: Value | None) -> bool:
    """Whether a batch is as large as something is long."""
    return isinstance(size, Length)


def _workers(loader: Thing) -> int | None:
    workers = loader.arguments.get("num_workers", 5)
    if workers is None:
        return None if loader.arguments.unknown else 0
    return workers.value if isinstance(workers, Literal) and isinstance(workers.value, int) else None


def _use(machine: Machine, loader: Thing) -> tuple[Answer, Answer]:
    """Whether its batches train, and whether they evaluate, by what was done with them or else by its name."""
    used = machine.uses_of(loader)
    named_training = any(map(trains_by_name, machine.names_of(loader)))
    named_evaluation = any(map(evaluates_by_name, machine.names_of(loader)))
    if "trains" in used or (named_training and not used & {"read", "evaluates"} and not _keeps_order(loader)):
        trains = Yes
    elif named_training:
        # Training data measured, or read in order for something else: what trains may not have been seen.
        trains = Unknown
    else:
        trains = No if named_evaluation or "evaluates" in used else Unknown
    return trains, Yes if named_evaluation or "shows evaluation" in used else Unknown


def _keeps_order(loader: Thing) -> bool:
    """Whether its author wrote that it is not shuffled."""
    shuffle = loader.arguments.get("shuffle", 2)
    return isinstance(shuffle, Literal) and not shuffle.value


def _dataset(machine: Machine, value: Value | None, supply: Supply) -> Dataset:
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
        names=frozenset(machine.names_of(value)),
        iterable=iterable,
        training_part=training_part(machine, value) if _is_as_built(machine, value) else Unknown,
        trains=_dataset_trains(machine, value, supply),
        in_memory=in_memory,
        sharded=_sharded(machine, value),
    )


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


def _is_as_built(machine: Machine, dataset: Value) -> bool:
    """Whether a library's dataset still holds what it was built with; a project's own may pick what it likes."""
    return isinstance(dataset, Thing) and (dataset.of is not None or dataset.number not in machine.attribute_names)


def _dataset_trains(machine: Machine, dataset: Value, supply: Supply) -> Answer:
    """Whether a loader that trains is given the same dataset, or its own name says that it is for training."""
    if any(_use(machine, loader)[0] is Yes for loader in supply.direct.get(dataset.number, [])):
        return Yes
    named = any(map(trains_by_name, machine.names_of(dataset))) and not any(
        map(evaluates_by_name, machine.names_of(dataset))
    )
    return Yes if named and not isinstance(dataset, Choice) else Unknown


def _moves_on(machine: Machine, drawn: dict[str, Any]) -> bool:
    """Whether the iterator that a batch was drawn from is drawn from at another place as well, or time and again."""
    return (
        bool(drawn["goes on"])
        or sum(not drawn["iterators"].isdisjoint(other["iterators"]) for other in machine.draws.values()) > 1
    )


def note_draws(machine: Machine) -> None:
    """Tell which batches were drawn by hand, and whether training used nothing else."""
    for site, drawn in machine.draws.items():
        loader: Value = drawn["loader"]
        named = [drawn["function"], *machine.names_of(loader)]
        whole = isinstance(loader, Thing) and _is_whole(loader.arguments.get("batch_size", 1))
        trained = drawn.get("trained")
        anew = bool(drawn["loops"]) and drawn["iterator"]
        only = trained is not None and (anew or (trained > drawn["loops"] and not _moves_on(machine, drawn)))
        machine.record(
            SingleBatch(
                site=site,
                via=drawn["via"],
                loader=min(machine.names_of(loader), key=len) if machine.names_of(loader) else "loader",
                trains=Yes if only else No if trained is not None else Unknown,
                inside_loop=Yes if anew else No,
                deliberate=Yes if whole or any(is_deliberate_name(name) for name in named) else No,
            )
        )
