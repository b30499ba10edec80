"""Optimizers and schedulers: what they hold, and their steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import BuildOptimizer, Cadence, Clear, Schedule, Step
from torchlint.facts.subject import ANYBODY
from torchlint.knowledge.names import counts_iterations, names_optimizer
from torchlint.knowledge.optimizers import (
    FEW_STEPS,
    FUNCTION,
    MANY_STEPS,
    OPTIMIZERS,
    OPTIMIZERS_ELSEWHERE,
    PARTS,
    SCHEDULERS,
    SCHEDULERS_ELSEWHERE,
    SchedulerKind,
)
from torchlint.source.paper.domain.values import (
    Arguments,
    Choice,
    Kind,
    Length,
    Literal,
    Opaque,
    Routine,
    StateOf,
    Thing,
    Value,
    is_none,
    options,
)
from torchlint.source.paper.models.declaration import ANY, Call, Function, Method, Models
from torchlint.source.paper.models.torch.subjects import of_optimizer, subject_of, subjects_in
from torchlint.source.paper.occurrences.training import OptimizerBuilt, SchedulerCalled, StateLoaded, WeightsSet
from torchlint.source.paper.python.conditions import in_first_iteration, periodic
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS, STEPPED
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.state import State
from torchlint.source.walk import words_in

MODELS = Models()
_PLACES = "torch.optim torch.optim.* torch.*.optim torch.*.optim.*"


@MODELS.function("torch.optim.Optimizer", "params", builds=Kind.OPTIMIZER)
@MODELS.function(OPTIMIZERS_ELSEWHERE, "params", builds=Kind.OPTIMIZER)
@MODELS.function(OPTIMIZERS, "params", within=_PLACES, builds=Kind.OPTIMIZER)
def optimizer(call: Call) -> Value:
    """An optimizer of these parameters."""
    made = call.build()
    call.machine.state.set(GROUPS, subjects_in(call.machine, call.given("params")), made.number)
    call.machine.objects.optimizers.append(made)
    _start(call, made)
    return made


def _start(call: Call, made: Thing) -> None:
    """Tell of an optimizer, and whether it holds what was made since the loop around it began anew."""
    machine = call.machine
    held = machine.state.get(GROUPS, made.number)
    in_loop = next((loop.number for loop in machine.loops if not loop.item), None)
    new = in_loop is not None and bool(held.own) and min(held.own) > in_loop
    event = BuildOptimizer(site=call.site, via=made.via, new_parameters=Answer.of(new))
    call.emit(event)
    machine.tell(OptimizerBuilt(made, event))


MODELS.declare(
    Function("ChainedScheduler", within=_PLACES, takes="schedulers, optimizer", builds=Kind.SCHEDULER),
    Function(SCHEDULERS.keys() - {"ChainedScheduler"}, within=_PLACES, takes="optimizer", builds=Kind.SCHEDULER),
    Function(SCHEDULERS_ELSEWHERE, builds=Kind.SCHEDULER),
)


def _called_of(value: Value) -> list[Value]:
    """The objects of which a method may be called here."""
    return [each for each in options(value) if not is_none(each)]


def _is_one_of_optimizers(call: Call) -> bool:
    return all(isinstance(each, Thing) and each.kind is Kind.OPTIMIZER for each in _called_of(call.receiver))


@MODELS.method(Choice, "zero_grad", "set_to_none", when=_is_one_of_optimizers, emits=Clear)
@MODELS.method((Kind.OPTIMIZER, Kind.LAYER), "zero_grad", "set_to_none", emits=Clear)
def clear(call: Call) -> Value:
    """The gradients of an optimizer's parameters, of a model's, or of whatever has a `grad`, are cleared."""
    owner = call.receiver
    subject = subject_of(call.machine.state, owner)
    if isinstance(owner, Opaque) and owner.name == "grad":
        subject = ANYBODY
    elif _is_one_of_optimizers(call):
        subject = reduce(or_, (of_optimizer(call.machine.state, each) for each in _called_of(owner)))
    call.emit(
        Clear(
            site=call.site,
            via=call.via,
            subject=subject,
            optimizer=_optimizer_of(call.machine, owner),
            periodic=periodic(call.machine),
        )
    )
    return Literal(value=None)


def _optimizer_of(machine: Machine, owner: Value) -> int | None:
    """The optimizer that clears, or one that was built for the model that does."""
    if isinstance(owner, Choice) or (isinstance(owner, Thing) and owner.kind is Kind.OPTIMIZER):
        return owner.number
    if isinstance(owner, Opaque) and names_optimizer(owner.name):
        return owner.number
    return next(
        (
            each.number
            for each in machine.objects.optimizers
            if owner.number in machine.state.get(GROUPS, each.number).own
        ),
        None,
    )


@MODELS.method(Kind.OPTIMIZER, "step", "closure", emits=Step)
def step(call: Call) -> Value:
    """`optimizer.step()`, which runs the closure that it is given."""
    closure = call.given("closure")
    given = closure is not None and not is_none(closure)
    if given and closure is not None:
        call.machine.call_value(closure, Arguments(), call.site)
    take_step(call, call.receiver, closure=_followed(call.receiver, closure) if given else No)
    return Opaque()


def takes_step(several: Sequence[Value], name: str) -> bool:
    """Whether a method is the step of one of several optimizers: exactly one of them steps."""
    optimizers = [each for each in several if isinstance(each, Thing) and each.kind is Kind.OPTIMIZER]
    return name == "step" and len(several) > 1 and bool(optimizers)


def take_step(call: Call, optimizer: Value, *, closure: Answer = No, scaler: Answer = No) -> None:
    """Parameters are changed by an optimizer."""
    for each in (optimizer, *options(optimizer)):
        call.machine.state.set(STEPPED, Yes, each.number)
    call.emit(
        Step(
            site=call.site,
            via=call.via,
            optimizer=optimizer.number,
            subject=of_optimizer(call.machine.state, optimizer),
            closure=closure,
            scaler=scaler,
            periodic=periodic(call.machine),
        )
    )


def _followed(optimizer: Value, closure: Value | None) -> Answer:
    """Whether all that a step does with its closure was seen: torch's own optimizers only call it."""
    torchs = isinstance(optimizer, Thing) and optimizer.of is None and optimizer.dotted.startswith("torch.")
    return Yes if torchs and isinstance(closure, Routine) else Unknown


@MODELS.method(Kind.OPTIMIZER, "add_param_group", "param_group")
def add_group(call: Call) -> Value:
    """`optimizer.add_param_group({"params": ...})`."""
    held = call.machine.state.get(GROUPS, call.receiver.number) | subjects_in(call.machine, call.given("param_group"))
    call.machine.state.set(GROUPS, held, call.receiver.number)
    return Literal(value=None)


@MODELS.method((Kind.OPTIMIZER, Kind.SCHEDULER, Kind.SCALER), "load_state_dict", "state_dict")
def load_state(call: Call) -> Value:
    """The state of an optimizer is read back: so are, as a rule, the weights."""
    call.machine.tell(StateLoaded(call.receiver))
    if not isinstance(call.receiver, Thing) or call.receiver.kind is Kind.OPTIMIZER:
        call.machine.tell(WeightsSet())
    return Literal(value=None)


@MODELS.method((Kind.OPTIMIZER, Kind.SCHEDULER, Kind.SCALER), "state_dict")
def state_of(call: Call) -> Value:
    """What is to be saved of an optimizer, a scheduler or a scaler."""
    return StateOf(name=call.name, from_call=True, owner=call.receiver)


MODELS.declare(Method(Kind.OPTIMIZER, ANY))


def told_apart(several: Choice) -> tuple[Value, ...]:
    """The values that may be meant; of schedulers of several kinds it is not known which one is stepped."""
    schedulers = {each.last for each in several.options if isinstance(each, Thing) and each.kind is Kind.SCHEDULER}
    if len(schedulers) > 1:
        return (Opaque(frozenset(("scheduler",)), name="scheduler", among=several.options),)
    return options(several)


@MODELS.method(Kind.SCHEDULER, "step", emits=Schedule)
def schedule(call: Call) -> Value:
    """`scheduler.step(...)`; which of several optimizers it is for is not told."""
    owner = call.receiver
    given = owner.arguments.get("optimizer", 0) if isinstance(owner, Thing) else None
    optimizers = [each for each in options(given) if isinstance(each, Thing)] if given is not None else []
    call.emit(_scheduled(call, owner, optimizers[0] if len(optimizers) == 1 else None))
    return _called(call)


def _called(call: Call) -> Value:
    call.machine.tell(SchedulerCalled(call.receiver, call.name, call.arguments, call.site))
    return Opaque(from_call=True, name=call.name)


MODELS.declare(Method(Kind.SCHEDULER, ANY, gives=_called))


def _scheduled(call: Call, owner: Value, optimizer: Thing | None) -> Schedule:
    positional, keywords = call.arguments.positional, call.arguments.keywords
    return Schedule(
        site=call.site,
        via=call.via,
        scheduler=owner.last if isinstance(owner, Thing) else "",
        optimizer=optimizer.number if optimizer is not None else None,
        cadence=cadence_of(call.machine.state, owner) if isinstance(owner, Thing) else Cadence.EITHER,
        metric=Yes if positional or "metrics" in keywords else No,
        epoch_given=Yes if positional or "epoch" in keywords else No,
        periodic=periodic(call.machine),
        ahead=_is_ahead(call, owner, optimizer),
    )


def _is_ahead(call: Call, scheduler: Value, optimizer: Thing | None) -> Answer:
    """Whether a scheduler is stepped, when the place is reached first, before its optimizer was ever stepped."""
    machine = call.machine
    known = [optimizer] if optimizer is not None else machine.objects.optimizers
    stepped = [machine.state.get(STEPPED, each.number) for each in known]
    ahead = Answer.of(Yes not in stepped and (Unknown not in stepped or None))
    # One of many is another value each time that ways are joined.
    which = scheduler.among if isinstance(scheduler, Opaque) and scheduler.among else (scheduler,)
    schedulers = frozenset(each.number for each in which)
    key = (call.site, call.via, machine.budget.entry, machine.items(), schedulers)
    first = machine.memory.first_schedules
    return first.setdefault(key, ahead if ahead is not Yes else in_first_iteration(machine))


def cadence_of(state: State, scheduler: Thing) -> Cadence:
    """Whether the schedule that a scheduler was given counts batches or epochs, as far as its arguments tell."""
    kind = SCHEDULERS_ELSEWHERE.get(scheduler.dotted) or SCHEDULERS.get(scheduler.last)
    if kind is None or scheduler.of is not None:
        return Cadence.EITHER
    if any(_counts_batches(state, each) for each in _ends(state, scheduler, kind)):
        return Cadence.BATCH
    given = scheduler.arguments.get(*kind.counts) if kind.counts else None
    if given is not None:
        by_hand = isinstance(given, Literal) and isinstance(given.value, (int, float)) and given.value <= FEW_STEPS
        return Cadence.EITHER if by_hand else kind.cadence
    return Cadence.EITHER if kind.total or (kind.counts and scheduler.arguments.unknown) else kind.cadence


def _ends(state: State, scheduler: Thing, kind: SchedulerKind) -> Iterator[Value]:
    """What says how long a schedule is, or one that it is made of; of a function, all that it reads."""
    for name, position in filter(None, (kind.total, PARTS.get(kind.name), FUNCTION.get(kind.name))):
        given = scheduler.arguments.get(name, position)
        if given is not None:
            yield from values_in(state, given)


def _counts_batches(state: State, end: Value) -> bool:
    match end:
        case Length():
            return True
        case Thing(kind=Kind.SCHEDULER):
            return cadence_of(state, end) is Cadence.BATCH
        case Routine():
            read = words_in(end.definition) - {each.name for each in end.definition.parameters}
            return any(_counts_batches_as(name, state.variable(end.scope, name)) for name in read)
    return False


def _counts_batches_as(name: str, value: Value) -> bool:
    """Whether a number counts batches: one that is made of a length, or a large one that says so."""
    match value:
        case Literal(value=int() | float() as number):
            return number > MANY_STEPS and counts_iterations(name)
    return isinstance(value, Length)
