"""Calls on paper: into project functions with their arguments bound, into classes, and everything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Handed, Unseen
from torchlint.facts.site import Site
from torchlint.knowledge.packages import OTHER_FRAMEWORKS, is_harmless_decorator, keeps_results
from torchlint.knowledge.training import INITIALISERS, SWITCHING_WORDS
from torchlint.source import syntax
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.tensor import FROM_NO_LOADER, TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Choice,
    Index,
    Kind,
    Literal,
    ModuleValue,
    Opaque,
    Ordered,
    ProjectClass,
    Routine,
    Symbol,
    Thing,
    Value,
    is_none,
    may_be_unset,
    numbers,
    opaque_named,
    options,
)
from torchlint.source.paper.models import by_name, library
from torchlint.source.paper.models.bases import is_module_base
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.models.torch.forward import run_forward
from torchlint.source.paper.models.torch.nn import adopt, mode_asked
from torchlint.source.paper.models.torch.optim import takes_step, told_apart
from torchlint.source.paper.models.unread import unread_call
from torchlint.source.paper.occurrences.calls import CallReturned, ForwardCalled, IndexCalled
from torchlint.source.paper.occurrences.program import FunctionRan
from torchlint.source.paper.occurrences.training import WeightsLoaded, WeightsNamed, WeightsSet
from torchlint.source.paper.python import memory
from torchlint.source.paper.python.arguments import arguments_of
from torchlint.source.paper.python.attributes import attribute, class_attribute, lineage
from torchlint.source.paper.python.chosen import given_by_one
from torchlint.source.paper.python.classes import build
from torchlint.source.paper.python.iteration.generators import made_by
from torchlint.source.paper.python.machine import DEPTH, VISITS, Machine
from torchlint.source.paper.state.cells import (
    ASSIGNED,
    ATTRIBUTE,
    GRADIENTS,
    INITIALISED,
    ITEMS,
    LOCAL,
    OPEN,
    RUNS_UNKNOWN,
    Entry,
)
from torchlint.source.paper.state.containers import new_list, new_table
from torchlint.source.paper.state.frames import Frame
from torchlint.source.paper.state.objects import add_name
from torchlint.source.written import roots_of, text_of


def call(machine: Machine, expression: syntax.Call) -> Value:
    """The value of a call expression."""
    site = machine.site(expression.line, expression.part)
    function = expression.function
    if isinstance(function, syntax.Attribute):
        if _is_super(function.value):
            return _call_super(machine, function.name, arguments_of(machine, expression), site)
        owner = machine.evaluate(function.value)
        arguments = arguments_of(machine, expression)
        if function.name == "forward":
            machine.tell(ForwardCalled(owner, function.value, site))
        elif function.name in INITIALISERS:
            machine.tell(WeightsSet())  # A model begins anew where its weights are drawn again.
        elif function.name == "load_state_dict" and arguments.positional:
            written = expression.arguments[0].value
            machine.tell(WeightsLoaded(owner, arguments.positional[0], function.value, written))
        result = call_method(machine, owner, function.name, arguments, site)
        if function.name == "state_dict":
            machine.tell(WeightsNamed(result, function.value))
        machine.tell(CallReturned(function.name, owner, arguments, result, site))
        return result
    callee = machine.evaluate(function)
    arguments = arguments_of(machine, expression)
    if isinstance(callee, Index):
        machine.tell(IndexCalled(callee, function, site))
    result = call_value(machine, callee, arguments, site)
    if isinstance(callee, Symbol):
        machine.tell(CallReturned(callee.last, None, arguments, result, site))
    return result


def call_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """`owner.name(arguments)`."""
    if isinstance(owner, Choice):
        whole = library.call_chosen(machine, owner, name, arguments, site)
        if whole is not None:
            return whole
        several = [each for each in told_apart(owner) if not is_none(each)]
        if takes_step(several, name):
            return _one_at_a_time(machine, several, name, arguments, site)
        results = [call_method(machine, each, name, arguments, site) for each in several]
        return given_by_one(machine.state, owner, several, results)
    if name == "__call__":
        called, rest = _called_in_full(owner, arguments)
        if called is not None:
            return call_value(machine, called, rest, site)
    if isinstance(owner, Thing) and owner.of is not None:
        member = attribute(machine, owner, name)
        if (
            isinstance(member, Routine)
            or name in machine.children_of(owner)
            or (name not in ("train", "eval") and _can_be_called(member))
        ):
            if isinstance(member, Routine) and owner.kind is Kind.LAYER and name == "forward":
                return run_forward(machine, owner, arguments, site)
            return call_value(machine, member, arguments, site)
        if machine.state.get(ASSIGNED, owner.number, name) and any(type(each) is Opaque for each in options(member)):
            machine.state.set(RUNS_UNKNOWN, True, owner.number)
    elif isinstance(owner, ProjectClass) and isinstance(method := class_attribute(machine, owner, name), Routine):
        kinds = {each.id for each in _names_of_decorators(method)}
        if kinds & {"classmethod", "staticmethod"} or not arguments.positional:
            return call_routine(machine, method.bound_to(owner) if "classmethod" in kinds else method, arguments, site)
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.unknown)
        return call_routine(machine, method.bound_to(arguments.positional[0]), rest, site)
    elif name == "__init__" and isinstance(owner, (Symbol, ProjectClass)):
        _initialise(machine, arguments)
    elif isinstance(owner, (Symbol, ProjectClass, ModuleValue)):
        return call_value(machine, attribute(machine, owner, name), arguments, site)
    elif isinstance(owner, (Opaque, Thing)):
        kept = machine.state.get(ATTRIBUTE, owner.number, name)
        if not may_be_unset(kept) and _can_be_called(kept):
            return call_value(machine, kept, arguments, site)
    return library.call_method(machine, owner, name, arguments, site)


def _one_at_a_time(machine: Machine, several: Sequence[Value], name: str, arguments: Arguments, site: Site) -> Value:
    """What a method does of one of several objects, whichever it is: each in a way of its own."""

    def call_of(each: Value) -> tuple[bool, Callable[[], bool]]:
        def run() -> bool:
            results.append(call_method(machine, each, name, arguments, site))
            return True

        return True, run

    results: list[Value] = []
    machine.fork(None, [call_of(each) for each in several])
    return one_of(results)


def _called_in_full(owner: Value, arguments: Arguments) -> tuple[Value | None, Arguments]:
    """What is called by `owner.__call__(...)`, where `owner` may be the class of what is given first."""
    if isinstance(owner, (Thing, Routine)):
        return owner, arguments
    if isinstance(owner, (Symbol, ProjectClass)) and arguments.positional:
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.unknown)
        return arguments.positional[0], rest
    return None, arguments


def _can_be_called(member: Value) -> bool:
    """Whether an attribute holds a function, a class or an object that was seen, if perhaps one of several."""
    return any(isinstance(each, (Thing, Routine, Symbol, ProjectClass)) for each in options(member))


def _initialise(machine: Machine, arguments: Arguments) -> None:
    """`Base.__init__(self, ...)`, by the name of the base."""
    if arguments.positional:
        machine.state.set(INITIALISED, Yes, arguments.positional[0].number)


def call_value(machine: Machine, callee: Value, arguments: Arguments, site: Site) -> Value:
    """`callee(arguments)`."""
    match callee:
        case Routine():
            return call_routine(machine, callee, arguments, site)
        case ProjectClass():
            return build(machine, callee, arguments, site)
        case Symbol():
            return library.call_function(machine, callee.dotted, arguments, site)
        case Thing():
            return _call_thing(machine, callee, arguments, site)
        case Choice():
            several = [each for each in options(callee) if not isinstance(each, Literal)]
            results = [call_value(machine, each, arguments, site) for each in several]
            return given_by_one(machine.state, callee, several, results)
    return by_name.call_unknown(machine, callee, arguments, site)


def _call_thing(machine: Machine, callee: Thing, arguments: Arguments, site: Site) -> Value:
    if callee.kind is Kind.LAYER:
        return run_forward(machine, callee, arguments, site)
    if callee.kind is Kind.PARTIAL:
        joined = Arguments(
            [*callee.arguments.positional[1:], *arguments.positional],
            {**callee.arguments.keywords, **arguments.keywords},
            callee.arguments.unknown or arguments.unknown,
        )
        return call_value(machine, callee.arguments.positional[0], joined, site)
    if callee.of is not None:
        member = class_attribute(machine, callee.of, "__call__")
        if isinstance(member, Routine):
            return call_routine(machine, member.bound_to(callee), arguments, site)
    return library.call_object(machine, callee, arguments, site)


def _names_of_decorators(member: Routine) -> list[syntax.Name]:
    decorators = member.definition.decorators if isinstance(member.definition, syntax.Function) else []
    return [each for each in decorators if isinstance(each, syntax.Name)]


def _is_super(expression: syntax.Expression) -> bool:
    match expression:
        case syntax.Call(function=syntax.Name(id="super")):
            return True
    return False


def _call_super(machine: Machine, name: str, arguments: Arguments, site: Site) -> Value:
    frame = machine.frame
    receiver = frame.receiver
    if frame.owner is None or receiver is None:
        return Opaque()
    if name == "__call__" and isinstance(receiver, Thing) and receiver.kind is Kind.LAYER:
        return run_forward(machine, receiver, arguments, site)
    if _is_library_first(frame.owner, name):
        return _library_super(machine, receiver, name, arguments)
    for base in lineage(receiver.of if isinstance(receiver, Thing) and receiver.of else frame.owner):
        if base in _up_to(receiver, frame.owner):
            continue
        member = base.methods.get(name)
        if isinstance(member, Routine):
            return call_routine(machine, member.bound_to(receiver), arguments, site)
    return _library_super(machine, receiver, name, arguments)


def _is_library_first(owner: ProjectClass, name: str) -> bool:
    """Whether torch's own Module comes before any base of the project that has this method."""
    for base in owner.bases:
        if isinstance(base, Symbol) and is_module_base(base.dotted):
            return True
        if isinstance(base, ProjectClass) and any(name in each.methods for each in lineage(base)):
            return False
    return False


def _up_to(receiver: Value, owner: ProjectClass) -> list[ProjectClass]:
    line = lineage(receiver.of if isinstance(receiver, Thing) and receiver.of else owner)
    return line[: line.index(owner) + 1] if owner in line else [owner]


def _library_super(machine: Machine, receiver: Value, name: str, arguments: Arguments) -> Value:
    if name == "__init__":
        machine.state.set(INITIALISED, Yes, receiver.number)
        if isinstance(receiver, Thing):
            adopt(machine, receiver, arguments)
        return Literal(value=None)
    if name in ("train", "eval") and isinstance(receiver, Thing):
        modes.switch_mode(machine, receiver, mode_asked(name, arguments), None)
        return receiver
    return Opaque()


def call_routine(machine: Machine, routine: Routine, arguments: Arguments, site: Site | None) -> Value:
    """Run a project function with its arguments bound."""
    definition = routine.definition
    key = id(definition)
    machine.budget.executed.add(key)
    if routine.module is None or key in machine.budget.running or len(machine.frames) > DEPTH:
        _may_initialise(machine, routine)
        return Opaque(from_call=True)
    name_of_call = memory.call_key(machine, routine, arguments)
    known = memory.recall(machine, name_of_call, arguments) if name_of_call is not None else None
    if known is not None:
        return known
    if machine.budget.visits.get(key, 0) >= VISITS:
        return _not_again(machine, routine, arguments, site)
    machine.budget.visits[key] = machine.budget.visits.get(key, 0) + 1
    scope = machine.modules.scopes.get(routine.scope)
    name = definition.name if isinstance(definition, syntax.Function) else ""
    frame = Frame(routine.module, numbers(), name, routine.receiver, routine.owner, scope)
    frame.parameters = frozenset(each.name for each in definition.parameters)
    frame.inside_branches = machine.inside_branches
    frame.nesting = machine.place.nesting
    frame.loops_around = len(machine.loops)
    machine.modules.scopes[frame.number] = frame
    machine.budget.running.append(key)
    kept_assumed, machine.assumed = dict(machine.assumed), dict(machine.assumed)
    kept_line, effects = machine.place.line, machine.memory.effects
    try:
        result = machine.enter(frame, lambda: _body(machine, routine, arguments), called_from=site)
        _name_after(machine, name, result)
        if name_of_call is not None and machine.memory.effects == effects and not machine.memory.changed:
            memory.remember(machine, name_of_call, arguments, result, frame.number)
        return result
    finally:
        machine.budget.running.pop()
        machine.assumed = kept_assumed
        machine.place.line = kept_line


def _not_again(machine: Machine, routine: Routine, arguments: Arguments, site: Site | None) -> Value:
    """A function that was run so often that it is not looked into once more: it may do what its words say."""
    definition = routine.definition
    _may_initialise(machine, routine)
    if routine.receiver is not None and isinstance(definition, syntax.Function):
        _forget_batches(machine, routine.receiver, definition.words)
    if site is not None and isinstance(definition, syntax.Function):
        if not definition.words.isdisjoint(("backward", "step", "zero_grad")):
            machine.happen(Unseen(site=site, via=tuple(machine.via), handed=frozenset({Handed.MODEL}), steps=Unknown))
        return unread_call(machine, definition.name, arguments, site)
    return Opaque(from_call=True)


def _may_initialise(machine: Machine, routine: Routine) -> None:
    """An `__init__` that is not looked into may well have initialised the base class of its object."""
    definition, receiver = routine.definition, routine.receiver
    if receiver is None or not isinstance(definition, syntax.Function) or definition.name != "__init__":
        return
    if machine.state.get(INITIALISED, receiver.number) is No:
        machine.state.set(INITIALISED, Unknown, receiver.number)


def _forget_batches(machine: Machine, receiver: Value, words: frozenset[str]) -> None:
    """What a method may have set anew is no longer known to be of the batch that it was of."""
    for name in words.intersection(machine.objects.attribute_names.get(receiver.number, ())):
        held = machine.state.get(ATTRIBUTE, receiver.number, name)
        if isinstance(held, TensorValue) and held.from_loader is not No:
            unfed = held.but(loaders=FROM_NO_LOADER, drawn=None)
            machine.state.set(ATTRIBUTE, unfed, receiver.number, name)


def _name_after(machine: Machine, function: str, result: Value) -> None:
    """What `train_dataloader()` gives back is called by its name, be it bound to a variable or not."""
    for each in options(result):
        if function and isinstance(each, Thing) and each.kind in (Kind.LOADER, Kind.TRANSFORM):
            add_name(machine.state, each, function)


def _body(machine: Machine, routine: Routine, arguments: Arguments) -> Value | None:
    definition = routine.definition
    _bind_parameters(machine, routine, arguments)
    if isinstance(definition, syntax.Lambda):
        return machine.evaluate(definition.body)
    if _is_of_another_framework(machine, definition):
        return Opaque(from_call=True)
    before = machine.state.get(GRADIENTS)
    switched = _enter_decorators(machine, definition)
    reached = machine.run_block(definition.body)
    if not machine.place.forward_depth:
        machine.tell(FunctionRan(machine.trace))
    if switched:
        machine.state.set(GRADIENTS, before)
        for _, returned in machine.frame.returns:
            returned.set(GRADIENTS, before)
    if definition.is_generator:
        return made_by(machine, definition.name)
    return Literal(value=None) if reached else None


def _is_of_another_framework(machine: Machine, definition: syntax.Function) -> bool:
    """Whether a function is compiled by another framework, as by `@jax.jit`: the model that it calls is not torch's."""
    held = (machine.lookup(root) for decorator in definition.decorators for root in roots_of(decorator))
    return any(isinstance(each, Symbol) and each.dotted.partition(".")[0] in OTHER_FRAMEWORKS for each in held)


def _enter_decorators(machine: Machine, definition: syntax.Function) -> bool:
    switched = False
    for decorator in definition.decorators:
        expression = decorator.function if isinstance(decorator, syntax.Call) else decorator
        if is_harmless_decorator(text_of(expression)):
            machine.frame.may_be_kept |= keeps_results(text_of(expression))
            continue
        line = machine.place.line
        switch = modes.gradient_switch(machine, machine.evaluate(decorator))
        machine.frame.may_be_kept |= switch is None and not _is_of_torch(machine.evaluate(expression))
        machine.place.line = line
        if switch is None and _leaves_gradients(machine.evaluate(expression)):
            continue
        machine.state.set(GRADIENTS, switch if switch is not None else Unknown)
        switched = True
    return switched


def _leaves_gradients(decorator: Value) -> bool:
    """Whether a decorator of the project, and the functions beside it that it may call, never speak of gradients."""
    if not isinstance(decorator, Routine) or decorator.module is None:
        return False
    beside = {each.name: each for each in decorator.module.summary.body if isinstance(each, syntax.Function)}
    waiting, seen = [decorator.definition], set[str]()
    while waiting:
        definition = waiting.pop()
        if not isinstance(definition, syntax.Function) or not definition.words.isdisjoint(SWITCHING_WORDS):
            return False
        seen.add(definition.name)
        waiting += [beside[name] for name in definition.words & beside.keys() - seen]
    return True


def _is_of_torch(decorator: Value) -> bool:
    return isinstance(decorator, Symbol) and decorator.dotted.startswith("torch.")


def _bind_parameters(machine: Machine, routine: Routine, arguments: Arguments) -> None:
    positional = list(arguments.positional)
    parameters = list(routine.definition.parameters)
    if routine.receiver is not None and parameters and parameters[0].kind in ("positional", "either"):
        machine.state.set(LOCAL, routine.receiver, machine.frame.number, parameters[0].name)
        parameters = parameters[1:]
    keywords = dict(arguments.keywords)
    for parameter in parameters:
        if parameter.kind == "*":
            rest = new_list(machine.state, Ordered.TUPLE, None)
            machine.state.set(
                ITEMS, tuple(Entry(value, machine.site(machine.place.line)) for value in positional), rest.number
            )
            positional = []
            value: Value = rest if arguments.positional else opaque_named(parameter.name)
        elif parameter.kind == "**":
            value = new_table(machine.state, keywords, None)
            if arguments.unknown:
                machine.state.set(OPEN, True, value.number)
        elif parameter.name in keywords:
            value = keywords.pop(parameter.name)
        elif positional and parameter.kind != "keyword":
            value = positional.pop(0)
        else:
            value = _default(machine, parameter, unknown=arguments.may_give(parameter.name))
        machine.bind(parameter.name, value)


def _default(machine: Machine, parameter: syntax.Parameter, *, unknown: bool) -> Value:
    if parameter.default is None or unknown:
        return opaque_named(parameter.name)
    return machine.evaluate(parameter.default)
