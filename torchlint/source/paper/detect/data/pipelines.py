"""Detects pipelines of transforms: their steps, and what their images are used for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Pipeline, Role, Transform, trained_with
from torchlint.facts.site import Site
from torchlint.intent.loader_use import LoaderUse, is_for_evaluation_alone, is_for_training
from torchlint.intent.splits import is_named_for_evaluation
from torchlint.intent.transforms import augments_at_test_time, transforms_labels
from torchlint.knowledge.data import DATASETS
from torchlint.knowledge.names import words_of
from torchlint.knowledge.transforms import FLIPS, RANDOM_CONTAINERS
from torchlint.source.paper.detect.data.batches import BatchTreatments, Treatment
from torchlint.source.paper.detect.data.supply import Link, Supply, named_arguments, training_part
from torchlint.source.paper.detect.data.uses import LoaderUses
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import (
    Kind,
    Literal,
    Many,
    Thing,
    Value,
    is_none,
    options,
)
from torchlint.source.paper.models.torchvision import transform_role
from torchlint.source.paper.occurrences.data import Use
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import entries_of, items_of


class Pipelines(Detector):
    """Transforms that are not a part of others."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._uses = self.share(LoaderUses)
        self._treatments = self.share(BatchTreatments)
        self._supply = self.share(Supply)
        self._building: frozenset[str] = frozenset()

    @listens
    def emit_pipelines(self, _: ProjectEnded) -> None:
        """Tell what each pipeline does, and what the images that it makes are used for."""
        inner = _inner(self.machine)
        self._building = self._files_that_build()
        found: list[tuple[Thing, Pipeline]] = []
        for thing in self.machine.objects.all:
            if thing.kind is Kind.TRANSFORM and thing.number not in inner:
                links = self._supply.datasets.get(thing.number, [])
                fact = self._pipeline(thing, links)
                if fact is not None:
                    found.append((thing, fact))
        pipelines = [(fact, fact.datasets) for _, fact in found]
        for thing, fact in found:
            self.emit(replace(fact, trained_with=trained_with(fact, fact.datasets, pipelines)), thing.number)

    def _pipeline(self, thing: Thing, links: list[Link]) -> Pipeline | None:
        steps = tuple(_steps(self.machine, thing))
        if thing.site is None or not steps:
            return None
        fed = [link for each in links for link in self._supply.loaders.get(each.thing.number, [])]
        uses = {use for link in fed for use in self._uses.of(link.thing).found}
        treatments = self._treatments_of(fed, uses, thing.site.file)
        images = [DATASETS.get(link.thing.last) for link in links]
        keywords = {link.keyword for link in links}
        of_target = Yes if "target_transform" in keywords else No if keywords else Unknown
        if transforms_labels(self.machine.names_of(thing)):
            of_target = Yes
        trains, evaluates = self._purpose(thing, links)
        approached = Treatment.TARGET_APPROACHED in treatments
        made = approached and any(_has_image_as_target(self.machine, link.thing) for link in links)
        named = (thing, *(link.thing for link in [*links, *fed]))
        names = {name for each in named for name in self.machine.names_of(each)}
        return Pipeline(
            site=thing.site,
            via=thing.via,
            steps=steps,
            of_target=of_target,
            normalised_elsewhere=Answer.of(Treatment.NORMALISED in treatments),
            input_is_target=_compares_with_input(treatments, made=made),
            used=Yes if uses & {Use.TRAINS, Use.EVALUATES} else No if not links else Unknown,
            trains=trains,
            evaluates=evaluates,
            images=Yes if images and all(kind is not None and kind.images for kind in images) else Unknown,
            fake=Answer.of(any(link.thing.last == "FakeData" for link in links)),
            deliberate=augments_at_test_time(names),
            datasets=frozenset(link.thing.last for link in links),
        )

    def _treatments_of(self, fed: list[Link], uses: set[Use], path: str) -> frozenset[Treatment]:
        """What is done with the batches of loaders; a framework hands them to methods of the same program."""
        found = frozenset[Treatment]().union(*(self._treatments.of(link.thing.number) for link in fed))
        if Use.BY_FRAMEWORK not in uses:
            return found
        connected = self.machine.project.are_of_one_program
        batches = [each for file, each in self.machine.modules.framework_batches.items() if connected(file, path)]
        theirs = frozenset[Treatment]().union(*(self._treatments.of(each.number) for each in batches))
        return found | (theirs if Treatment.COMPARED in theirs else theirs | {Treatment.COMPARED_UNSEEN})

    def _purpose(self, thing: Thing, links: list[Link]) -> tuple[Answer, Answer]:
        """Whether its images train, and whether they evaluate, where that is certain: by name, part or loop."""
        names = self.machine.names_of(thing)
        trains, evaluates = is_for_training(LoaderUse(names)) is Yes, is_named_for_evaluation(names)
        evaluates = evaluates and not self._is_left_over(thing, links)
        for link in links:
            if not link.certain:
                continue
            fed = [each.thing for each in self._supply.loaders.get(link.thing.number, []) if each.certain]
            part = training_part(self.machine, link.thing)
            trains = trains or part is Yes or any(Use.TRAINS in self._uses.of(loader) for loader in fed)
            evaluates = evaluates or (part is No and not trains)
            evaluates = evaluates or any(self._is_held_out(each) for each in (link.thing, *fed))
        return (Yes if trains else Unknown), (Yes if evaluates else Unknown)

    def _files_that_build(self) -> frozenset[str]:
        """The files with functions that the program calls to build what its datasets are given."""
        made = (each for each in self.machine.objects.all if each.kind is Kind.TRANSFORM and each.via)
        return frozenset(each.site.file for each in made if each.site and self._supply.datasets.get(each.number))

    def _is_left_over(self, thing: Thing, links: list[Link]) -> bool:
        """Whether no dataset is given a pipeline and nobody calls what builds it, where others of its file are used."""
        return not links and not thing.via and thing.site is not None and thing.site.file in self._building

    def _is_held_out(self, thing: Thing) -> bool:
        """Whether a dataset or loader is measured, or named for it, and not for training."""
        use = LoaderUse(self.machine.names_of(thing), shows_evaluation=self._uses.of(thing).shows_evaluation)
        return is_for_evaluation_alone(use) is Yes


def _inner(machine: Machine) -> set[int]:
    """The transforms that are a part of another one."""
    return {
        option.number
        for thing in machine.objects.all
        if thing.kind is Kind.TRANSFORM
        for argument in thing.arguments
        for item in (items_of(machine.state, argument) if isinstance(argument, Many) else [argument])
        for option in options(item)
    }


def _has_image_as_target(machine: Machine, dataset: Thing) -> bool:
    """Whether a dataset turns its target into a tensor as it does its input, as for a larger or cleaner image."""
    given = [value for name, value in named_arguments(machine, dataset) if "target" in words_of(name)]
    transforms = [each for value in given for each in options(value) if isinstance(each, Thing)]
    return any(step.role in (Role.TO_TENSOR, Role.TO_BYTES) for each in transforms for step in _steps(machine, each))


def _compares_with_input(treatments: frozenset[Treatment], *, made: bool) -> Answer:
    if made or Treatment.INPUT_IS_TARGET in treatments:
        return Yes
    return Unknown if Treatment.COMPARED_UNSEEN in treatments else No


def _steps(machine: Machine, thing: Thing) -> Iterator[Transform]:
    if transform_role(thing) is not Role.CONTAINER:
        yield _transform(machine, thing)
        return
    inner = list(_inner_steps(machine, thing))
    if thing.last in RANDOM_CONTAINERS:
        yield replace(_transform(machine, thing), role=Role.RANDOM)
        inner = [step for step in inner if step.role is not Role.RANDOM]
    yield from inner


def _inner_steps(machine: Machine, thing: Thing) -> Iterator[Transform]:
    unknown = Transform("?", Role.UNKNOWN, thing.site or Site("", 0))
    for argument in thing.arguments.positional[:1] or list(thing.arguments.keywords.values())[:1]:
        if not isinstance(argument, Many):
            yield unknown
            return
        for item, _, sure in entries_of(machine.state, argument):
            held = options(item)
            certain = Answer.of(sure and len(held) == 1)
            for option in held:
                if isinstance(option, Thing) and option.kind is Kind.TRANSFORM:
                    yield from (replace(step, certain=step.certain & certain) for step in _steps(machine, option))
                elif not is_none(option):
                    yield replace(unknown, name=getattr(option, "name", ""))


def _transform(machine: Machine, thing: Thing) -> Transform:
    role = transform_role(thing)
    if role is Role.RANDOM and _is_certain(machine, thing):
        role = Role.FIXED
    constants = _constants(machine, thing) if role is Role.NORMALIZE else ()
    module = thing.dotted.rpartition(".")[0] if thing.of is None else ""
    return Transform(thing.last, role, thing.site or Site("", 0), constants, module=module)


def _is_certain(machine: Machine, thing: Thing) -> bool:
    """Whether a random transform was given a probability, or a range of one angle, that leaves nothing to chance."""
    chance = thing.arguments.get("p", 0 if thing.last in FLIPS else None)
    if isinstance(chance, Literal):
        return chance.value == 0 or (chance.value == 1 and thing.last in FLIPS)
    angles = thing.arguments.get("degrees", 0) if thing.last == "RandomRotation" else None
    held = items_of(machine.state, angles) if isinstance(angles, Many) else []
    return len(held) == 2 and (held[0] is held[1] or _same_number(held[0], held[1]))


def _same_number(first: Value, second: Value) -> bool:
    return isinstance(first, Literal) and isinstance(second, Literal) and first.value == second.value


def _constants(machine: Machine, thing: Thing) -> tuple[tuple[float, ...], ...]:
    """The mean and the standard deviation that a normalisation was given; nothing where a number is not known."""
    if thing.dotted.partition(".")[0] not in ("torchvision", "albumentations"):
        return ()
    given = [_numbers(machine, thing.arguments.get(name, at)) for name, at in (("mean", 0), ("std", 1))]
    return tuple(given) if all(given) else ()


def _numbers(machine: Machine, value: Value | None) -> tuple[float, ...]:
    held = items_of(machine.state, value) if isinstance(value, Many) else [value]
    numbers = [each.value for each in held if isinstance(each, Literal) and isinstance(each.value, (int, float))]
    return tuple(map(float, numbers)) if len(numbers) == len(held) else ()
