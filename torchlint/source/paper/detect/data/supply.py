"""Which transform serves which dataset on paper, and which dataset feeds which loader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.data import PartArgument
from torchlint.knowledge.data import DATASETS, EVALUATION_PARTS, HELD_OUT_PART, PART_ARGUMENTS, TRAINING_PARTS
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.values import UNSET, Kind, Literal, Many, Opaque, Routine, Thing, Value, options
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import items_of


@dataclass(frozen=True, slots=True)
class Link:
    """Something that takes another, as its argument `keyword`; not `certain` where it may take a third one."""

    thing: Thing
    keyword: str = ""
    certain: bool = True


class Supply(Analysis):
    """Known when the project has ended, and empty before.

    `datasets` has the users of each transform, `loaders` those of each dataset through any wrapper, `direct` the
    loaders that are certainly given the dataset itself. All are by the number of what is used.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.datasets: dict[int, list[Link]] = {}
        self.loaders: dict[int, list[Link]] = {}
        self.direct: dict[int, list[Thing]] = {}

    @listens
    def collect_links(self, _: ProjectEnded) -> None:
        """Follow every dataset and loader that was built to what it was given."""
        for thing in self.machine.objects.all:
            if thing.kind is Kind.DATASET:
                self._collect_dataset(thing)
            elif thing.kind is Kind.LOADER:
                self._collect_loader(thing)

    def _collect_dataset(self, dataset: Thing) -> None:
        given = list(named_arguments(self.machine, dataset))
        if dataset.of is not None:
            for name in self.machine.objects.attribute_names.get(dataset.number, []):
                value = self.machine.state.get(ATTRIBUTE, dataset.number, name)
                if any(isinstance(each, Thing) for each in options(value)):
                    given.append((name, value))
        for keyword, value in given:
            held = options(value)
            for each in held:
                certain = len(held) == 1 and not self._replaced(dataset, keyword, each)
                for one in (each, *_handed_on(each)):
                    self.datasets.setdefault(one.number, []).append(Link(dataset, keyword, certain))

    def _replaced(self, dataset: Thing, keyword: str, value: Value) -> bool:
        """Whether the attribute of that name was given another value after the dataset was built."""
        now = self.machine.state.get(ATTRIBUTE, dataset.number, keyword)
        return now is not UNSET and all(each is not value for each in options(now))

    def _collect_loader(self, loader: Thing) -> None:
        given = loader.arguments.get("dataset", 0) or Opaque()
        for each in options(given):
            if len(options(given)) == 1:
                self.direct.setdefault(each.number, []).append(loader)
        waiting = [(each, len(options(given)) == 1) for each in options(given)]
        for _ in range(12):
            if not waiting:
                return
            each, certain = waiting.pop()
            self.loaders.setdefault(each.number, []).append(Link(loader, certain=certain))
            if isinstance(each, Thing) and each.kind is Kind.DATASET and each.of is None:
                waiting += self._wrapped(each, certain)

    def _wrapped(self, wrapper: Thing, certain: bool) -> Iterator[tuple[Value, bool]]:
        # A part whose own `dataset` was replaced, or told to use another transform, is no longer what it was.
        inner = self.machine.state.get(ATTRIBUTE, wrapper.number, "dataset")
        names = self.machine.objects.attribute_names
        kept = wrapper.number not in names and (inner is UNSET or inner.number not in names)
        for argument in wrapper.arguments.positional[:1]:
            held = items_of(self.machine.state, argument) if isinstance(argument, Many) else list(options(argument))
            single = isinstance(argument, Many) or len(held) == 1
            yield from ((each, certain and kept and single) for each in held)


def _handed_on(value: Value) -> Iterator[Value]:
    """The transforms in an object that a dataset is given as its transform, to make two views of an image, say."""
    if isinstance(value, Thing) and value.kind is Kind.OBJECT:
        yield from (each for each in value.arguments if isinstance(each, Thing) and each.kind is Kind.TRANSFORM)


def named_arguments(machine: Machine, dataset: Thing) -> Iterator[tuple[str, Value]]:
    """The arguments of a dataset with their names, "" where that of a positional one is not known."""
    for name, value, _ in _arguments(machine, dataset):
        yield name, value


def _arguments(machine: Machine, dataset: Thing) -> Iterator[tuple[str, Value, int | None]]:
    """The same with their positions, None where they are given by name."""
    for name, value in dataset.arguments.keywords.items():
        yield name, value, None
    order = _parameters(machine, dataset)
    for position, value in enumerate(dataset.arguments.positional):
        yield order.get(position, ""), value, position


def _parameters(machine: Machine, dataset: Thing) -> dict[int, str]:
    if dataset.of is not None:
        constructor = class_attribute(machine, dataset.of, "__init__")
        if not isinstance(constructor, Routine) or not isinstance(constructor.definition, syntax.Function):
            return {}
        return {index - 1: each.name for index, each in enumerate(constructor.definition.parameters)}
    kind = DATASETS.get(dataset.last)
    if kind is None:
        return {}
    known = {kind.part_position: kind.part or "", kind.transform: "transform"}
    if kind.transform is not None:
        known[kind.transform + 1] = "target_transform"
    return {position: name for position, name in known.items() if position is not None}


def training_part(machine: Machine, dataset: Value | None) -> Answer:
    """Whether a dataset was built as the training part (`train=True`), or as another one."""
    part = part_argument(machine, dataset)
    if part is None:
        return Unknown
    return Answer.of(part.value is True or part.value in TRAINING_PARTS)


def part_argument(machine: Machine, dataset: Value | None) -> PartArgument | None:
    """The argument that says which part of the data a dataset is, where its value is known."""
    if not isinstance(dataset, Thing) or dataset.kind is not Kind.DATASET:
        return None
    for name, value, position in _arguments(machine, dataset):
        known = value.value if isinstance(value, Literal) and name in PART_ARGUMENTS else None
        if isinstance(known, bool):
            return PartArgument(name, known, position, held_out=False)
        if isinstance(known, str) and (known in TRAINING_PARTS or known in EVALUATION_PARTS):
            return PartArgument(name, known, position, HELD_OUT_PART.get(dataset.last) if dataset.of is None else None)
    return None
