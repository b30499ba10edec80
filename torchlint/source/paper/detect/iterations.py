"""Loops that were run, as facts: an iteration of training with its ways, or an evaluation."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.event import (
    Accumulate,
    Backward,
    Event,
    Forward,
    LossComputed,
    SetEpoch,
    Step,
    SwitchMode,
    Unseen,
    may_train_unseen,
)
from torchlint.facts.run import EpochLoop, Evaluation, TrainingIteration
from torchlint.facts.site import Site
from torchlint.facts.way import Way
from torchlint.knowledge.names import (
    adapts_by_name,
    evaluates_by_name,
    is_deliberate_name,
    named_for_evaluation,
    shows_evaluation,
)
from torchlint.source.paper.detect import seeding, sums, waiting
from torchlint.source.paper.detect.pieces import data_taken
from torchlint.source.paper.detect.samplers import samplers_of
from torchlint.source.paper.detect.unit_tests import is_unit_test, runs_unit_test
from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.python.machine import Loop, Machine
from torchlint.source.paper.state.trace import Block, Fork, Node, Path, TooManyWays, events, ways, without

COMPUTING = (Forward, LossComputed, Accumulate, SwitchMode)
"""What an iteration computes and measures: events that do not bear on the order of its steps."""


def finish(machine: Machine, loop: Loop, trace: list[Node]) -> None:
    """Tell what an iteration of this loop does."""
    if machine.forward_depth:
        return
    found = list(events(trace))
    kinds = {type(event) for event in found}
    _note_loader(machine, loop, found, kinds)
    _tell_around(machine, loop, trace)
    _note_epochs(machine, loop, found)
    steps = Step if Step in kinds else Backward
    if steps in kinds and not _inside_loop(trace, steps):
        _note_training(machine, loop, trace, kinds)
    may_evaluate = Forward in kinds and kinds.isdisjoint((Backward, Step))
    evaluated = _evaluated(machine, loop, trace, found) if may_evaluate else ()
    if evaluated:
        _note_evaluation(machine, loop, evaluated)
    if Accumulate in kinds:
        sums.note_loop(machine, loop, found, evaluates=bool(evaluated))


def _note_epochs(machine: Machine, loop: Loop, found: list[Event]) -> None:
    """Tell of a loop around training whether it moves the sampler on."""
    drawn = [sampler for each in loop.trained if isinstance(each, Thing) for sampler in samplers_of(each)]
    sharded = [each for each in drawn if each.distributed is Yes]
    if not sharded:
        return
    sets_epoch = any(isinstance(event, SetEpoch) for event in found)
    machine.record(
        EpochLoop(
            site=loop.site,
            via=tuple(machine.via),
            shuffles=join(each.shuffles for each in sharded),
            sets_epoch=Yes if sets_epoch else No,
        )
    )


def finish_function(machine: Machine, trace: list[Node], site: Site, loop: Answer = No) -> None:
    """Tell what a function that no loop was seen around does, if it trains; a framework may have a `loop` for it."""
    kinds = {type(event) for event in outside_loops(trace)}
    if Step in kinds and Backward in kinds:
        _record_training(machine, trace, site, loop, None)


def finish_draw(machine: Machine, loader: Value, trace: list[Node]) -> None:
    """Tell of a function that draws one batch of evaluation data, and only measures or saves what comes out."""
    found = list(events(trace))
    if any(isinstance(event, (Backward, Step)) or may_train_unseen(event) for event in found) or is_unit_test(
        machine.frame.module
    ):
        return
    loop = Loop(loader.number, machine.site(machine.line), loader, frozenset(machine.names_of(loader)))
    function = machine.frame.function
    # A loop inside goes over the pieces of the batch, unless it was told of as an evaluation of its own.
    forwards = _on_data(machine, loop, outside_loops(trace)) or tuple(
        each for each in _on_data(machine, loop, found) if each.site not in machine.evaluated
    )
    if forwards and not is_deliberate_name(function) and _named_for_evaluation(machine, loop):
        record_evaluation(machine, loop, forwards, forwards[0].site, No)


def outside_loops(nodes: list[Node]) -> list[Event]:
    """What happens in a part of the program, but for what its loops do."""
    found: list[Event] = []
    for node in nodes:
        match node:
            case Event():
                found.append(node)
            case Fork():
                for _, _, alternative in node.alternatives:
                    found += outside_loops(alternative)
            case Block() if node.kind == "function":
                found += outside_loops(node.nodes)
    return found


def _inside_loop(trace: list[Node], kind: type[Event]) -> bool:
    """Whether an inner loop holds an event of a kind, and nothing of the kind stands outside it."""
    outside = {type(event) for event in outside_loops(trace)}
    return kind not in outside and any(_holds(node, kind) for node in trace)


def _holds(node: Node, kind: type[Event]) -> bool:
    match node:
        case Block() if node.kind == "loop":
            return any(type(event) is kind for event in events(node.nodes))
        case Block():
            return any(_holds(each, kind) for each in node.nodes)
        case Fork():
            return any(_holds(each, kind) for _, _, alternative in node.alternatives for each in alternative)
    return False


def _note_training(machine: Machine, loop: Loop, trace: list[Node], kinds: set[type[Event]]) -> None:
    _record_training(machine, trace, loop.site, Yes, loop)
    if Step in kinds:
        seeding.note_entry(machine, loop.site)
        waiting.tell(machine, loop)


def _record_training(machine: Machine, trace: list[Node], site: Site, inside: Answer, loop: Loop | None) -> None:
    try:
        paths = ways(trace)
    except TooManyWays:
        paths = _ways_of_steps(trace)
    # A way that leaves the loop, or skips the batch, is no iteration of training, where there is another.
    whole = [path for path in paths if path.end not in ("raise", "break", "return") and path.events]
    training = [
        path for path in whole if any(isinstance(e, (Step, Backward)) or may_train_unseen(e) for e in path.events)
    ]
    always = bool(whole) and all(any(isinstance(e, Backward) for e in path.events) for path in whole)
    whole = training or whole
    told = tuple(Way(path.events) for path in whole or paths if path.events)
    iteration = TrainingIteration(
        site=site,
        via=tuple(machine.via),
        loop=inside,
        ways=told,
        complete=Yes if told else Unknown,
        loader=min(loop.names, key=len) if loop is not None and loop.names else "",
        on_evaluation_data=Answer.of(always and loop is not None and _is_held_out(machine, loop)),
        around=tuple(machine.hooks),
    )
    machine.record(iteration)
    machine.iterations.append(machine.key(iteration))


def _ways_of_steps(trace: list[Node]) -> list[Path]:
    """The ways as far as steps go: what models compute on them is told ahead, and not on which of them."""
    forwards = tuple(event for event in events(trace) if isinstance(event, Forward))
    try:
        paths = ways(without(trace, COMPUTING))
    except TooManyWays:
        return []
    return [replace(path, events=(*forwards, *path.events)) for path in paths if path.events]


def _tell_around(machine: Machine, loop: Loop, trace: list[Node]) -> None:
    """Give the iterations inside this loop what it does around them."""
    around = tuple(outside_loops(trace))
    for key in dict.fromkeys(machine.iterations[loop.inside :]):
        fact = machine.facts.get(key)
        if isinstance(fact, TrainingIteration) and fact.site != loop.site:
            machine.facts[key] = replace(fact, around=fact.around + around)


def _note_loader(machine: Machine, loop: Loop, found: list[Event], kinds: set[type[Event]]) -> None:
    if loop.loader is None:
        return
    use = machine.loader_use.setdefault(loop.loader.number, set())
    handed = {each for event in found if isinstance(event, Unseen) for each in event.handed}
    stepped = Step in kinds or not handed.isdisjoint(("optimizer", "scaler"))
    if stepped and (Backward in kinds or "loss" in handed):
        use.add("trains")
        if _named_for_evaluation(machine, loop):
            # What is trained on by mistake, or to adapt to it, need not be shuffled.
            use.discard("trains")
            use.add("evaluates")
        if any(isinstance(event, Forward) and event.model.number in machine.data_parallel for event in found):
            use.add("data parallel")
        epochs = next((each for each in reversed(machine.loops) if each.loader is None and not each.unrolled), None)
        if epochs is not None:
            epochs.trained.append(loop.loader)
    elif Forward in kinds and Backward not in kinds and Step not in kinds:
        use.add("evaluates")


def _evaluated(machine: Machine, loop: Loop, trace: list[Node], found: list[Event]) -> tuple[Forward, ...]:
    """The forward calls of a loop that nothing steps in, if it evaluates."""
    forwards = _on_data(machine, loop, found)
    if not forwards:
        return ()
    if loop.loader is not None:
        evaluates = _shows_itself(machine, loop, forwards, found)
    else:
        evaluates = _may_evaluate(machine) and _goes_through_data(machine, loop, outside_loops(trace))
    return forwards if evaluates else ()


def _on_data(machine: Machine, loop: Loop, found: list[Event]) -> tuple[Forward, ...]:
    """The forward calls on real data: the loader's, or whatever is not made up where the data is named for evaluation.

    What is made of names or words by a function that nobody read is no tensor of the loader's, and comes from it all
    the same; so does what a dataset gives for each of its numbers.
    """
    counts = isinstance(loop.loader, Thing) and loop.loader.kind is Kind.DATASET
    enough = (Yes, Unknown) if loop.loader is None or counts or _named_for_evaluation(machine, loop) else (Yes,)
    return tuple(event for event in found if isinstance(event, Forward) and event.on_data in enough)


def is_of_evaluation(machine: Machine) -> bool:
    """Whether the function is named for evaluation, so that what it runs over no loader evaluates."""
    return _may_evaluate(machine) and evaluates_by_name(machine.frame.function)


def _may_evaluate(machine: Machine) -> bool:
    """Whether what runs a model over no loader can be an evaluation here.

    A method of a model goes by the gradient mode of its caller, whom nobody knows.
    """
    inside = any(isinstance(each.receiver, Thing) and each.receiver.kind is Kind.LAYER for each in machine.frames)
    return not inside and not runs_unit_test(machine.frame)


def _goes_through_data(machine: Machine, loop: Loop, outside: list[Event]) -> bool:
    """Whether a loop over no loader asks for inputs, or counts its way through data, to evaluate."""
    taken = _data_taken(machine, loop, outside)
    if evaluates_by_name(machine.frame.function):
        return loop.asks or bool(taken) or _measures(machine, loop, outside)
    return any(map(evaluates_by_name, taken))


def _measures(machine: Machine, loop: Loop, found: list[Event]) -> bool:
    """Whether a loop that counts its way through data computes a loss of what the model makes of each piece."""
    return bool(_on_data(machine, loop, found)) and any(isinstance(event, LossComputed) for event in found)


def _data_taken(machine: Machine, loop: Loop, found: list[Event]) -> set[str]:
    """The names of the data of which a loop that counts gives a model one piece after another."""
    if loop.counting is None:
        return set()
    return {name for each in _on_data(machine, loop, found) for name in data_taken(loop.counting, each.site)}


def _functions(machine: Machine) -> set[str]:
    """The functions being run; a unit test is no evaluation, though its name says test."""
    return {frame.function for frame in machine.frames if frame.function and not runs_unit_test(frame)}


def _note_evaluation(machine: Machine, loop: Loop, forwards: tuple[Forward, ...]) -> None:
    if loop.loader is not None and any(map(evaluates_by_name, {machine.frame.function, *_names_of(machine, loop)})):
        machine.loader_use.setdefault(loop.loader.number, set()).add("shows evaluation")
    record_evaluation(machine, loop, forwards, loop.site, Yes)


def record_evaluation(
    machine: Machine, loop: Loop | None, forwards: tuple[Forward, ...], site: Site, inside: Answer
) -> None:
    """Tell of an evaluation: the loop that it is, or the loader that a batch was drawn of, if there is one."""
    machine.evaluated |= {forward.site for forward in forwards}
    machine.record(
        Evaluation(
            site=site,
            via=tuple(machine.via),
            forwards=forwards,
        )
    )


def _is_held_out(machine: Machine, loop: Loop) -> bool:
    """Whether a loop goes over data that is named for evaluation, and nothing says that it adapts to it."""
    around = {frame.function for frame in machine.frames}
    return _named_for_evaluation(machine, loop) and not any(map(adapts_by_name, _names_of(machine, loop) | around))


def _named_for_evaluation(machine: Machine, loop: Loop) -> bool:
    return named_for_evaluation(_names_of(machine, loop))


def _names_of(machine: Machine, loop: Loop) -> set[str]:
    """What a loop's loader and its dataset are called."""
    return {name.rpartition(".")[2] for name in loop.names} | machine.dataset_names(loop.loader)


def _shows_itself(machine: Machine, loop: Loop, forwards: tuple[Forward, ...], found: list[Event]) -> bool:
    return shows_evaluation(
        _names_of(machine, loop),
        _functions(machine),
        in_eval_mode=all(forward.training is No for forward in forwards) and not any(map(may_train_unseen, found)),
        without_gradients=all(forward.gradients is No for forward in forwards),
        measures=any(isinstance(event, LossComputed) for event in found),
    )
