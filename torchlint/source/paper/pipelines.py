"""Pipelines of transforms as facts: their steps, and what their images are used for."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.data import Pipeline, Transform
from torchlint.facts.site import Site
from torchlint.knowledge.data import DATASETS
from torchlint.source.paper.containers import entries_of
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.values import (
    Literal,
    Many,
    Thing,
    options,
)
from torchlint.source.paper.words import transform_role


def note_pipeline(
    machine: Machine, thing: Thing, users: list[tuple[Thing, str]], loaders_of: dict[int, list[Thing]]
) -> None:
    """Tell what a pipeline does, and what the images that it makes are used for."""
    steps = _steps(machine, thing)
    if thing.site is None or not steps:
        return
    role = transform_role(thing)
    form = thing.last if role == "container" else "lone"
    loaders = [loader for dataset, _ in users for loader in loaders_of.get(dataset.number, [])]
    marks = {mark for loader in loaders for mark in machine.batch_marks.get(loader.number, set())}
    uses = {use for loader in loaders for use in machine.uses_of(loader)}
    fakes = [dataset for dataset, _ in users if dataset.last == "FakeData"]
    images = [DATASETS.get(dataset.last) for dataset, _ in users]
    keywords = {keyword for _, keyword in users}
    of_target = Yes if "target_transform" in keywords else No if keywords else Unknown
    if any("target" in name or "mask" in name or "label" in name for name in thing.names):
        of_target = Yes
    machine.record(
        Pipeline(
            site=thing.site,
            via=thing.via,
            form=form,
            steps=tuple(steps),
            of_target=of_target,
            normalised_elsewhere=Yes if "normalised" in marks else No,
            input_is_target=Yes if "input is target" in marks else No,
            used=Yes if uses & {"trains", "evaluates"} else No if not users else Unknown,
            trains=Yes if "trains" in uses else Unknown,
            evaluates=Yes if "evaluates" in uses else Unknown,
            images=Yes if images and all(kind is not None and kind.images for kind in images) else Unknown,
            fake=Yes if fakes else No,
        ),
        thing.number,
    )


def _steps(machine: Machine, thing: Thing) -> list[Transform]:
    if transform_role(thing) != "container":
        return [_transform(machine, thing)]
    steps: list[Transform] = []
    for argument in thing.arguments.positional[:1] or list(thing.arguments.keywords.values())[:1]:
        items = entries_of(machine, argument) if isinstance(argument, Many) else ()
        if not isinstance(argument, Many):
            return [Transform("?", "unknown", thing.site or Site("", 0))]
        for item, _ in items:
            for option in options(item):
                if isinstance(option, Thing) and option.kind == "transform":
                    steps += _steps(machine, option)
                elif not (isinstance(option, Literal) and option.value is None):
                    steps.append(Transform(getattr(option, "name", ""), "unknown", thing.site or Site("", 0)))
    return steps


def _transform(machine: Machine, thing: Thing) -> Transform:
    constants = []
    for argument in (thing.arguments.get("mean", 0), thing.arguments.get("std", 1)):
        if isinstance(argument, Many):
            values = [item.value for item, _ in entries_of(machine, argument) if isinstance(item, Literal)]
            constants.append(tuple(float(v) for v in values if isinstance(v, (int, float))))
    return Transform(thing.last, transform_role(thing), thing.site or Site("", 0), tuple(constants))
