"""Loops that were run, as facts: an iteration of training with its ways, or an evaluation."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Event, Forward, LossComputed, Metric, Step, Unseen
from torchlint.facts.run import Evaluation, TrainingIteration, Way
from torchlint.facts.site import Site
from torchlint.source.paper import seeding
from torchlint.source.paper.machine import Loop, Machine
from torchlint.source.paper.trace import Block, Fork, Node, TooManyWays, events, ways
from torchlint.source.paper.words import evaluates_by_name, is_measuring_name, trains_by_name


def finish(machine: Machine, loop: Loop, trace: list[Node]) -> None:
    """Tell what an iteration of this loop does."""
    if machine.forward_depth:
        return
    found = list(events(trace))
    kinds = {type(event) for event in found}
    _note_loader(machine, loop, found)
    _tell_around(machine, loop, trace)
    if Step in kinds and not _inside_loop(trace):
        _note_training(machine, loop, trace)
    elif Backward not in kinds and Step not in kinds and Forward in kinds:
        _note_evaluation(machine, loop, found)


def finish_function(machine: Machine, trace: list[Node], site: Site) -> None:
    """Tell what a function that no loop was seen around does, if it trains."""
    kinds = {type(event) for event in _outside_loops(trace)}
    if Step in kinds and Backward in kinds:
        _record_training(machine, trace, site, No, "")


def _outside_loops(nodes: list[Node]) -> list[Event]:
    found: list[Event] = []
    for node in nodes:
        match node:
            case Event():
                found.append(node)
            case Fork():
                for _, _, alternative in node.alternatives:
                    found += _outside_loops(alternative)
            case Block() if node.kind == "function":
                found += _outside_loops(node.nodes)
    return found


def _inside_loop(trace: list[Node]) -> bool:
    """Whether an inner loop holds both the backward and the step, and nothing of the kind stands outside it."""
    outside = {type(event) for event in _outside_loops(trace)}
    return any(_trains(node) for node in trace) and Step not in outside


def _trains(node: Node) -> bool:
    match node:
        case Block() if node.kind == "loop":
            kinds = {type(event) for event in events(node.nodes)}
            return Step in kinds
        case Block():
            return any(_trains(each) for each in node.nodes)
        case Fork():
            return any(_trains(each) for _, _, alternative in node.alternatives for each in alternative)
    return False


def _note_training(machine: Machine, loop: Loop, trace: list[Node]) -> None:
    _record_training(machine, trace, loop.site, Yes, min(loop.names, key=len) if loop.names else "")
    seeding.note_entry(machine, loop.site)


def _record_training(machine: Machine, trace: list[Node], site: Site, loop: Answer, loader: str) -> None:
    try:
        paths = ways(trace)
    except TooManyWays:
        paths = []
    # A way that leaves the loop, or skips the batch, is no iteration of training, where there is another.
    whole = [path for path in paths if path.end not in ("raise", "break", "return") and path.events]
    training = [path for path in whole if any(isinstance(e, (Step, Backward, Unseen)) for e in path.events)]
    whole = training or whole
    told = tuple(Way(path.events) for path in whole or paths if path.events)
    iteration = TrainingIteration(
        site=site,
        via=tuple(machine.via),
        loop=loop,
        ways=told,
        complete=Yes if told else Unknown,
        loader=loader,
        function=machine.frame.function,
        around=tuple(machine.hooks),
    )
    machine.record(iteration)
    machine.iterations.append(machine.key(iteration))


def _tell_around(machine: Machine, loop: Loop, trace: list[Node]) -> None:
    """Give the iterations inside this loop what it does around them."""
    around = tuple(_outside_loops(trace))
    for key in dict.fromkeys(machine.iterations[loop.inside :]):
        fact = machine.facts.get(key)
        if isinstance(fact, TrainingIteration) and fact.site != loop.site:
            machine.facts[key] = replace(fact, around=fact.around + around)


def _note_loader(machine: Machine, loop: Loop, found: list[Event]) -> None:
    if loop.loader is None:
        return
    kinds = {type(event) for event in found}
    use = machine.loader_use.setdefault(loop.loader.number, set())
    if Backward in kinds and Step in kinds:
        use.add("trains")
    elif Forward in kinds and Backward not in kinds and Step not in kinds:
        use.add("evaluates")


def _note_evaluation(machine: Machine, loop: Loop, found: list[Event]) -> None:
    forwards = tuple(event for event in found if isinstance(event, Forward) and event.on_data is Yes)
    if loop.loader is None or not forwards or not shows_itself(machine, loop, forwards, found):
        return
    machine.loader_use.setdefault(loop.loader.number, set()).add("shows evaluation")
    machine.record(
        Evaluation(
            site=loop.site,
            via=tuple(machine.via),
            loop=Yes,
            forwards=forwards,
            needs_gradients=No,
            function=machine.frame.function,
            loader=min(loop.names, key=len) if loop.names else "",
        )
    )


def shows_itself(machine: Machine, loop: Loop, forwards: tuple[Forward, ...], found: list[Event]) -> bool:
    """Whether a loop is evaluation by the catalogue: by a name, by no_grad, or by a metric beside training."""
    names = {name.rpartition(".")[2] for name in loop.names}
    names |= machine.dataset_names(loop.loader)
    functions = {frame.function for frame in machine.frames if frame.function}
    if any(map(evaluates_by_name, names | functions)):
        return True
    if any(map(trains_by_name, names)):
        return False
    if all(forward.gradients is No for forward in forwards):
        return True
    measures = any(isinstance(event, (Metric, LossComputed)) for event in found)
    return measures and any(map(is_measuring_name, functions))
