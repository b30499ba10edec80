"""Loaders and batches drawn by hand, as facts."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Dataset, Loader, SingleBatch
from torchlint.source.paper import samplers
from torchlint.source.paper.containers import entries_of
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.pipelines import note_pipeline
from torchlint.source.paper.values import (
    Literal,
    Many,
    Opaque,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.words import evaluates_by_name, is_deliberate_name, trains_by_name


def note_data(machine: Machine) -> None:
    """Tell what loaders and pipelines were built, and what their batches were used for."""
    users: dict[int, list[tuple[Thing, str]]] = {}
    loaders_of: dict[int, list[Thing]] = {}
    for thing in machine.things:
        if thing.kind == "dataset":
            for keyword, value in thing.arguments.keywords.items():
                for each in options(value):
                    users.setdefault(each.number, []).append((thing, keyword))
            for value in thing.arguments.positional:
                users.setdefault(value.number, []).append((thing, ""))
        if thing.kind == "loader":
            _note_loader(machine, thing)
            for dataset in _datasets(thing):
                loaders_of.setdefault(dataset.number, []).append(thing)
    inner = {
        item.number
        for thing in machine.things
        if thing.kind == "transform"
        for argument in thing.arguments
        for item in ([i for i, _ in entries_of(machine, argument)] if isinstance(argument, Many) else [argument])
    }
    for thing in machine.things:
        if thing.kind == "transform" and thing.number not in inner:
            note_pipeline(machine, thing, users.get(thing.number, []), loaders_of)


def _datasets(loader: Thing) -> list[Value]:
    found: list[Value] = []
    waiting = list(options(loader.arguments.get("dataset", 0) or Opaque()))
    while waiting and len(found) < 12:
        each = waiting.pop()
        found.append(each)
        if isinstance(each, Thing) and each.kind == "dataset" and each.of is None:
            waiting += [inner for inner in each.arguments.positional[:1] for inner in options(inner)]
    return found


def _note_loader(machine: Machine, loader: Thing) -> None:
    if loader.site is None or loader.last != "DataLoader":
        return
    names = frozenset(loader.names)
    shuffle = loader.arguments.get("shuffle", 2)
    trains, evaluates = _use(machine, loader)
    answer = Answer.of(bool(shuffle.value)) if isinstance(shuffle, Literal) else Unknown if shuffle else No
    if loader.arguments.unknown:
        answer = Unknown if shuffle is None else answer
    given, drawn_by = samplers.sampler_of(loader)
    machine.record(
        Loader(
            site=loader.site,
            via=loader.via,
            names=names,
            dataset=_dataset(machine, loader.arguments.get("dataset", 0)),
            trains=trains,
            evaluates=evaluates,
            shuffle=answer,
            shuffle_given=Yes if shuffle is not None else Unknown if loader.arguments.unknown else No,
            sampler=given,
            drawn_by=drawn_by,
            replaced=No,
        ),
        loader.number,
    )


def _use(machine: Machine, loader: Thing) -> tuple[Answer, Answer]:
    """Whether its batches train, and whether they evaluate, by what was done with them or else by its name."""
    used = machine.uses_of(loader)
    named_training = any(map(trains_by_name, loader.names))
    named_evaluation = any(map(evaluates_by_name, loader.names))
    if "trains" in used or (named_training and "evaluates" not in used):
        trains = Yes
    elif named_training:
        # Training data measured, or read for something else: what trains may not have been seen.
        trains = Unknown
    else:
        trains = No if named_evaluation or "evaluates" in used else Unknown
    return trains, Yes if named_evaluation or "shows evaluation" in used else Unknown


def _dataset(machine: Machine, value: Value | None) -> Dataset:
    if value is None:
        return Dataset("dataset")
    iterable = Unknown
    for each in options(value):
        if isinstance(each, Thing) and each.of is not None:
            from torchlint.source.paper.classes import is_iterable_dataset

            iterable = Yes if is_iterable_dataset(each.of) else No
        elif isinstance(each, Thing):
            iterable = Yes if "Iter" in each.last else No
    name = value.last if isinstance(value, Thing) else getattr(value, "name", "")
    return Dataset(name, value.site if isinstance(value, Thing) else None, frozenset(value.names), iterable=iterable)


def note_draws(machine: Machine) -> None:
    """Tell which batches were drawn by hand, and whether training used nothing else."""
    for site, drawn in machine.draws.items():
        loader: Value = drawn["loader"]
        named = [drawn["function"], *loader.names]
        size = loader.arguments.get("batch_size", 1) if isinstance(loader, Thing) else None
        whole = isinstance(size, Opaque) and "len()" in size.names
        trained = drawn.get("trained")
        anew = bool(drawn["loops"]) and drawn["iterator"]
        only = trained is not None and (anew or trained > drawn["loops"])
        machine.record(
            SingleBatch(
                site=site,
                via=drawn["via"],
                loader=min(loader.names, key=len) if loader.names else "loader",
                trains=Yes if only else No if trained is not None else Unknown,
                inside_loop=Yes if anew else No,
                deliberate=Yes if whole or any(is_deliberate_name(name) for name in named) else No,
            )
        )
