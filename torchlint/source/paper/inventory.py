"""What was built, as facts: layers, the modules that keep them, loaders, pipelines and batches drawn by hand."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of
from torchlint.facts.data import Dataset, Loader, Pipeline, SingleBatch, Transform
from torchlint.facts.layer import Layer, LooseTensor, PlainContainer
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, Subject
from torchlint.knowledge.data import DATASETS
from torchlint.knowledge.layers import DECIDED_BY, LAYERS, Decider
from torchlint.source.paper.attributes import lineage, registration
from torchlint.source.paper.containers import contents, entries_of
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.values import (
    Choice,
    Literal,
    Many,
    Opaque,
    Parameters,
    Table,
    TensorValue,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.words import evaluates_by_name, is_deliberate_name, trains_by_name, transform_role


def subject_of(value: Value) -> Subject:
    """Whose parameters a value stands for."""
    match value:
        case Thing() if value.kind == "optimizer":
            return value.subject
        case Thing():
            return Subject(frozenset((value.number,)), frozenset(value.parents), open=False)
        case Parameters():
            return value.subject
        case TensorValue():
            return value.subject
        case Choice():
            result = Subject(open=False)
            for option in value.options:
                result = result | subject_of(option)
            return result
        case Opaque():
            return Subject(frozenset((value.number,)))
    return ANYBODY


def subjects_in(machine: Machine, value: Value | None) -> Subject:
    """Whose parameters are in what an optimizer or a clipping function is given."""
    if value is None:
        return ANYBODY
    if isinstance(value, (Many, Table)):
        found = [subjects_in(machine, item) for item, _ in contents(machine, value)]
        result = Subject(open=not found)
        for each in found:
            result = result | each
        return result
    return subject_of(value) if isinstance(value, (Parameters, Thing, Choice)) else ANYBODY


def layer_of(machine: Machine, value: Value, seen: frozenset[int] = frozenset()) -> Layer:
    """What is known of a layer or model."""
    if not isinstance(value, Thing) or value.number in seen or len(seen) > 12:
        return Layer(getattr(value, "name", "") or "model", value.number)
    inside = [
        layer_of(machine, child, seen | {value.number})
        for child in value.children.values()
        if isinstance(child, Thing) and child.kind in ("layer", "loss")
    ]
    parameters = any_of(layer.parameters for layer in inside)
    if any(isinstance(child, Thing) and child.kind == "parameter" for child in value.children.values()):
        parameters = Yes
    own_parameters, own_buffers, own_mode, recurrent = _own(value)
    return Layer(
        name=value.last,
        number=value.number,
        site=value.site,
        parameters=parameters | own_parameters,
        buffers=any_of(layer.buffers for layer in inside) | own_buffers,
        mode_dependent=any_of(layer.mode_dependent for layer in inside) | own_mode,
        recurrent=any_of(layer.recurrent for layer in inside) | recurrent,
    )


def _own(value: Thing) -> tuple[Answer, Answer, Answer, Answer]:
    if value.kind == "loss":
        return No, No, No, No
    if value.of is not None and not value.dotted:
        mode = Answer.of(value.uses_mode)
        outside = _outside_bases(value)
        return (Unknown if outside else No), (Unknown if outside else No), (mode | outside_mode(outside)), No
    known_layer = LAYERS.get(value.last)
    if value.of is not None:
        known_layer = LAYERS.get(value.dotted.rpartition(".")[2])
    if known_layer is None:
        return Unknown, Unknown, Unknown, Unknown
    recurrent = Answer.of(known_layer.recurrent)
    held = {
        "parameters": known_layer.parameters,
        "buffers": known_layer.buffers,
        "mode_dependent": known_layer.mode_dependent,
    }
    for what, answer in held.items():
        decider = DECIDED_BY.get((known_layer.name, what))
        if decider is not None and answer is Unknown:
            held[what] = _decided(value, decider)
    mode = held["mode_dependent"] | (Yes if value.uses_mode and value.of is not None else No)
    return held["parameters"], held["buffers"], mode, recurrent


def _decided(value: Thing, decider: Decider) -> Answer:
    given = value.arguments.get(decider.keyword, decider.position)
    if given is None:
        return Unknown if value.arguments.unknown else Answer.of(decider.default != decider.plain)
    if not isinstance(given, Literal):
        return Unknown
    return Answer.of(given.value != decider.plain)


def _outside_bases(value: Thing) -> bool:
    assert value.of is not None
    for each in lineage(value.of):
        for base in each.bases:
            dotted = getattr(base, "dotted", None)
            if dotted is None and not hasattr(base, "methods"):
                return True
            if dotted and dotted.rpartition(".")[2] not in ("Module", "object", "ABC", "Generic"):
                return True
    return False


def outside_mode(outside: bool) -> Answer:
    """A base class that was not read may hold anything."""
    return Unknown if outside else No


def note_modules(machine: Machine) -> None:
    """Tell how the modules that were built keep their layers and parameters."""
    for thing in machine.things:
        if thing.kind != "layer" or thing.of is None:
            continue
        first = registration(machine, thing)
        if first is not None:
            machine.record(first, thing.number)
        for name in _attributes(machine, thing):
            value = machine.store.get(("attr", thing.number, name))
            assigned = machine.store.get(("assigned", thing.number, name))
            if assigned is None:
                continue
            site, via = assigned
            if isinstance(value, (Many, Table)):
                _note_container(machine, thing, name, value, site, via)
            elif isinstance(value, TensorValue) and value.trainable is Yes:
                form = "moved parameter" if value.of_loss == "moved" else "tensor"
                machine.record(
                    LooseTensor(
                        site=site, via=via, owner=thing.last, attribute=name, form=form, trainable=Yes, registered=No
                    ),
                    thing.number,
                )


def _attributes(machine: Machine, thing: Thing) -> list[str]:
    return machine.attribute_names.get(thing.number, [])


def _note_container(
    machine: Machine, owner: Thing, name: str, value: Many | Table, site: Site, via: tuple[Site, ...]
) -> None:
    kept = contents(machine, value)
    layers = [(item, put) for item, put in kept if isinstance(item, Thing) and item.kind == "layer"]
    if layers:
        registered = any_of(Yes if item.parents else No for item, _ in layers)
        placed = layers[0][1] if layers[0][1].line else site
        facts = tuple(layer_of(machine, item) for item, _ in layers if isinstance(item, Thing))
        inline = placed.line == site.line or (isinstance(value, Many) and value.kind == "tuple")
        machine.record(
            PlainContainer(
                site=site if inline else placed,
                via=via,
                owner=owner.last,
                attribute=name,
                container="dict" if isinstance(value, Table) else value.kind,
                layers=facts,
                registered=registered,
            ),
            owner.number,
        )
    parameters = [item for item, _ in kept if isinstance(item, Thing) and item.kind == "parameter"]
    if parameters:
        registered = any_of(Yes if item.parents else No for item in parameters)
        machine.record(
            LooseTensor(
                site=site,
                via=via,
                owner=owner.last,
                attribute=name,
                form="list of parameters",
                trainable=any_of(No if item.origin == "frozen" else Yes for item in parameters),
                registered=registered,
            ),
            owner.number,
        )


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
            _note_pipeline(machine, thing, users.get(thing.number, []), loaders_of)


def _datasets(loader: Thing) -> list[Value]:
    found: list[Value] = []
    waiting = list(options(loader.arguments.get("dataset", 0) or Opaque()))
    while waiting and len(found) < 12:
        each = waiting.pop()
        found.append(each)
        if isinstance(each, Thing) and each.kind == "dataset" and each.of is None:
            waiting += [inner for inner in each.arguments.positional[:1] for inner in options(inner)]
    return found


def _uses(machine: Machine, loader: Thing) -> set[str]:
    return machine.loader_use.get(loader.number, set())


def _note_loader(machine: Machine, loader: Thing) -> None:
    if loader.site is None or loader.last != "DataLoader":
        return
    used = _uses(machine, loader)
    names = frozenset(loader.names)
    shuffle = loader.arguments.get("shuffle", 2)
    sampler = [loader.arguments.get("sampler", 3), loader.arguments.get("batch_sampler", 4)]
    given = [each for each in sampler if each is not None and not (isinstance(each, Literal) and each.value is None)]
    answer = Answer.of(bool(shuffle.value)) if isinstance(shuffle, Literal) else Unknown if shuffle else No
    if loader.arguments.unknown:
        answer = Unknown if shuffle is None else answer
    trains = Yes if "trains" in used else No if "evaluates" in used else _by_name(names, trains_by_name)
    machine.record(
        Loader(
            site=loader.site,
            via=loader.via,
            names=names,
            dataset=_dataset(machine, loader.arguments.get("dataset", 0)),
            trains=trains,
            evaluates=Yes if "evaluates" in used else _by_name(names, evaluates_by_name),
            shuffle=answer,
            shuffle_given=Yes if shuffle is not None else Unknown if loader.arguments.unknown else No,
            sampler=(Yes if any(isinstance(g, Thing) for g in given) else Unknown)
            if given
            else Unknown
            if loader.arguments.unknown
            else No,
            replaced=No,
        ),
        loader.number,
    )


def _by_name(names: frozenset[str], test: object) -> Answer:
    return Yes if callable(test) and any(test(name) for name in names) else Unknown


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


def _note_pipeline(
    machine: Machine, thing: Thing, users: list[tuple[Thing, str]], loaders_of: dict[int, list[Thing]]
) -> None:
    steps = _steps(machine, thing)
    if thing.site is None or not steps:
        return
    role = transform_role(thing)
    form = thing.last if role == "container" else "lone"
    loaders = [loader for dataset, _ in users for loader in loaders_of.get(dataset.number, [])]
    marks = {mark for loader in loaders for mark in machine.batch_marks.get(loader.number, set())}
    uses = {use for loader in loaders for use in _uses(machine, loader)}
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
