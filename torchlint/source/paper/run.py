"""A whole project run on paper: every script from its top, then every function and class that nobody calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.knowledge.frameworks import SETS_UP
from torchlint.knowledge.layers import LAYERS
from torchlint.source import syntax
from torchlint.source.paper.detect import (
    data,
    holding,
    iterations,
    predictions,
    sums,
)
from torchlint.source.paper.detect.detectors import DETECTORS
from torchlint.source.paper.domain.values import (
    Arguments,
    Kind,
    ProjectClass,
    Routine,
    Thing,
    Value,
    numbers,
    opaque_named,
)
from torchlint.source.paper.models import activations, frameworks, modes
from torchlint.source.paper.python import calls, classes, imports, yields
from torchlint.source.paper.python.attributes import class_attribute, lineage
from torchlint.source.paper.python.bus import GaveUp
from torchlint.source.paper.python.elements import batch_of
from torchlint.source.paper.python.interpreter import LANGUAGE
from torchlint.source.paper.python.machine import Frame, Machine
from torchlint.source.paper.python.occurrences import EntryEnded, ForwardEnded, ForwardStarted, ProjectEnded
from torchlint.source.paper.python.statements import run_block
from torchlint.source.paper.state.cells import GRADIENTS, LOCAL
from torchlint.source.project import Module, Project

SIGNS = frozenset(
    "backward zero_grad no_grad inference_mode set_grad_enabled clip_grad_norm_ clip_grad_value_ DataLoader Compose "
    "ToTensor Normalize criterion loss_fn optim optimizer cross_entropy CrossEntropyLoss loader dataloader "
    "train_loader val_loader test_loader BCELoss BCEWithLogitsLoss NLLLoss MSELoss mse_loss nll_loss".split()
)
"""Words of training: a function that has one, or calls by name one that does, is worth running for itself."""
OWN_SIGNS = frozenset(
    "load_state_dict softmax log_softmax Variable train_test_split requires_grad require_grad requires_grads "
    "required_grad".split()
)
"""Words that make a function worth running, but not those that call it: half a library may load weights somewhere."""

METHOD_SIGNS = frozenset(
    "forward dropout dropout1d dropout2d dropout3d Dropout range train eval loss next step append extend add_module "
    "Parameter requires_grad layers Linear Conv1d Conv2d Embedding LSTM GRU BatchNorm1d BatchNorm2d LayerNorm".split()
)

GATHERING = frozenset("append extend range next layers".split())
"""Those of them that tell something outside `__init__` and `forward` only where a layer is at hand to be gathered."""


def run_project(project: Project) -> tuple[list[Fact], set[str]]:
    """All facts of a project, and the files in which a limit was reached."""
    machine = Machine(project, LANGUAGE)
    for detector in DETECTORS:
        detector(machine).subscribe(machine.bus)
    given = [module for module in project.modules.values() if module.given]
    for module in given:
        _enter(machine, module, partial(_run_main, machine, module))
    signed = _names_with_signs(given)
    for module in given:
        for function in _uncalled(machine, module):
            if function.words.isdisjoint(signed | OWN_SIGNS):
                continue
            _enter(machine, module, partial(_run_function, machine, module, function))
    worth = _Worth(signed | OWN_SIGNS | METHOD_SIGNS, _names_of_layers(machine))
    for owner in _unbuilt(machine):
        assert owner.module is not None
        _enter(machine, owner.module, partial(_run_class, machine, owner, worth))
    machine.tell(ProjectEnded())
    data.note_data(machine)
    data.note_draws(machine)
    yields.tell_endless(machine)
    activations.note_thresholds(machine)
    sums.note_sums(machine)
    holding.note_late_layers(machine)
    predictions.drop_evaluations(machine)
    return list(machine.facts.values()), machine.gave_up


def _names_with_signs(modules: list[Module]) -> frozenset[str]:
    """The words that make a function nobody calls worth running: signs of training, and functions that have one.

    A function that only builds a model tells nothing that its class does not.
    """
    functions = [each for module in modules for each in _functions(module.summary.body)]
    signed = set(SIGNS)
    grew = True
    while grew:
        new = {each.name for each in functions if each.name not in signed and not each.words.isdisjoint(signed)}
        signed |= new
        grew = bool(new)
    return frozenset(signed)


def _enter(machine: Machine, module: Module, run: Callable[[], None]) -> None:
    machine.entry += 1
    machine.steps = 0
    machine.visits = {}
    machine.forwarded = {}
    machine.trace = []
    machine.seeded = False
    machine.awaiting_step.clear()
    try:
        run()
    except (GaveUp, RecursionError):
        machine.gave_up.add(module.path)
    machine.frames, machine.via, machine.loops, machine.unrolled = [], [], [], []
    machine.running, machine.assumed, machine.forward_depth, machine.branches = [], {}, 0, 0
    machine.nesting = 0
    machine.tell(EntryEnded())
    predictions.finish_entry(machine)
    machine.state = machine.state.publish()


def _run_main(machine: Machine, module: Module) -> None:
    if not _is_script(module):
        imports.load_module(machine, module)
        return
    machine.mains.add(module.path)
    known = machine.module_frames.get(module.path)
    frame = known or Frame(module, numbers())
    machine.module_frames[module.path] = frame
    machine.scopes[frame.number] = frame
    machine.frames = [frame]
    machine.state = machine.state.fork()
    if known is None:
        body = module.summary.body
        imported = next((index for index, statement in enumerate(body) if _is_guard(statement)), len(body))
        reached = run_block(machine, body[:imported])
        if machine.seeded:
            machine.seeding_modules.add(module.path)
        if reached:
            run_block(machine, body[imported:])
        _publish(machine, module, frame)
    else:
        # It was imported before: only what it does as a script is left.
        imports.load_module(machine, module)
        run_block(machine, [statement for statement in module.summary.body if _is_guard(statement)])
    iterations.finish_function(machine, machine.trace, Site(module.path, 1))
    machine.mains.discard(module.path)


def _publish(machine: Machine, module: Module, frame: Frame) -> None:
    """A script's names can be imported by others: they stay in the base of the state."""
    base = machine.state.base()
    for key, value in machine.state.since(base).own.items():
        if key[0] is LOCAL and key[1] == frame.number:
            base.set(LOCAL, value, frame.number, key[2])
            module.names.add(str(key[2]))


def _is_script(module: Module) -> bool:
    return not module.is_package


def _is_guard(statement: syntax.Statement) -> bool:
    match statement:
        case syntax.If(test=syntax.Comparison(left=syntax.Name(id="__name__"))):
            return True
    return False


def _uncalled(machine: Machine, module: Module) -> Iterator[syntax.Function]:
    for statement in _functions(module.summary.body):
        if id(statement) not in machine.executed:
            yield statement


def _functions(body: list[syntax.Statement]) -> Iterator[syntax.Function]:
    for statement in body:
        match statement:
            case syntax.Function():
                yield statement
            case syntax.If():
                yield from _functions(statement.yes)
                yield from _functions(statement.no)
            case syntax.Try():
                yield from _functions(statement.body)


def _run_function(machine: Machine, module: Module, function: syntax.Function) -> None:
    frame = imports.load_module(machine, module)
    machine.frames = [frame]
    machine.state = machine.state.fork()
    routine = Routine(definition=function, module=module, scope=frame.number)
    _call_openly(machine, routine)
    iterations.finish_function(machine, machine.trace, Site(module.path, function.line))


def _call_openly(machine: Machine, routine: Routine) -> Value:
    """Call a function with arguments of which only the names are known."""
    keywords: dict[str, Value] = {
        parameter.name: opaque_named(parameter.name)
        for parameter in routine.definition.parameters
        if parameter.kind in ("positional", "either", "keyword")
    }
    if routine.receiver is not None and routine.definition.parameters:
        keywords.pop(routine.definition.parameters[0].name, None)
    if frameworks.is_called_for_each_batch(getattr(routine.definition, "name", "")) and "batch" in keywords:
        keywords["batch"] = batch_of(machine.streams.of_framework)
    return calls.call_routine(machine, routine, Arguments(keywords=keywords, unknown=True), None)


def _unbuilt(machine: Machine) -> Iterator[ProjectClass]:
    """Classes with something nobody ran yet; the later ones first, for they build the earlier ones."""
    for owner in reversed(machine.classes):
        if owner.module is not None and owner.module.given and _left(machine, owner):
            yield owner


def _left(machine: Machine, owner: ProjectClass) -> list[Routine]:
    return [
        method
        for method in owner.methods.values()
        if isinstance(method, Routine) and id(method.definition) not in machine.executed
    ]


@dataclass(frozen=True, slots=True)
class _Worth:
    """Which methods that nobody calls are worth running: by their words, and by those that name a layer's class."""

    signed: frozenset[str]
    layers: frozenset[str]

    def running(self, method: syntax.Function | syntax.Lambda, owner: ProjectClass) -> bool:
        """Whether running the method can tell something; what a module's `__init__` builds always does."""
        if not isinstance(method, syntax.Function):
            return False
        if method.name == "__init__" and classes.kind_of(owner) is Kind.LAYER:
            return True
        telling = method.words & self.signed
        if method.name == "forward" or not telling <= GATHERING:
            return bool(telling)
        return bool(telling and method.words & self.layers)


def _names_of_layers(machine: Machine) -> frozenset[str]:
    own = {owner.definition.name for owner in machine.classes if classes.kind_of(owner) is Kind.LAYER}
    return frozenset(own) | LAYERS.keys()


def _run_class(machine: Machine, owner: ProjectClass, worth: _Worth) -> None:
    assert owner.module is not None
    left = [method for method in _left(machine, owner) if worth.running(method.definition, owner)]
    if not left:
        return
    machine.frames = [imports.load_module(machine, owner.module)]
    machine.state = machine.state.fork()
    made = _an_instance(machine, owner)
    framework = classes.is_framework_class(owner)
    if framework:
        _set_up(machine, owner, made)
    for method in left:
        if id(method.definition) in machine.executed or not isinstance(method.definition, syntax.Function):
            continue
        receiver = None if _is_static(method.definition) else made
        bound = Routine(
            definition=method.definition, module=method.module, scope=method.scope, owner=owner, receiver=receiver
        )
        machine.trace = []
        kept, machine.state = machine.state, machine.state.fork()
        begun = numbers()
        if framework:
            machine.state.set(GRADIENTS, frameworks.recording_in(method.definition.name))
        inside_forward = made.kind is Kind.LAYER and method.definition.name == "forward"
        if inside_forward:
            machine.tell(ForwardStarted(made))
        machine.forward_depth += inside_forward
        given = _call_openly(machine, bound)
        machine.forward_depth -= inside_forward
        if inside_forward:
            machine.tell(ForwardEnded(made, given))
        repeated = framework and frameworks.is_called_for_each_batch(method.definition.name)
        if framework:
            frameworks.note_hook(machine, method.definition.name, given)
        place = Site(owner.module.path, method.definition.line)
        iterations.finish_function(machine, machine.trace, place, Answer.of(repeated))
        machine.state.publish(since=begun)
        machine.state = kept


def _set_up(machine: Machine, owner: ProjectClass, made: Thing) -> None:
    """Run what the framework runs first: the datasets that it keeps are there when loaders are asked for."""
    for name in SETS_UP:
        method = class_attribute(machine, owner, name)
        if isinstance(method, Routine):
            _call_openly(machine, method.bound_to(made))


def _an_instance(machine: Machine, owner: ProjectClass) -> Thing:
    """An object of the class: a layer that the program built, in a mode that is not known; else one built openly."""
    for built in machine.built.get(id(owner.definition), {}).values():
        if built.kind is Kind.LAYER:
            modes.switch_mode(machine, built, Unknown, None)
            return built
    constructor = next((each.methods["__init__"] for each in lineage(owner) if "__init__" in each.methods), None)
    keywords: dict[str, Value] = {}
    if isinstance(constructor, Routine):
        keywords = {
            parameter.name: opaque_named(parameter.name)
            for parameter in constructor.definition.parameters[1:]
            if parameter.kind in ("positional", "either", "keyword")
        }
    made = classes.build(machine, owner, Arguments(keywords=keywords, unknown=True), None)
    if made.kind is Kind.LAYER:
        modes.switch_mode(machine, made, Unknown, None)
    return made


def _is_static(function: syntax.Function) -> bool:
    return any(isinstance(each, syntax.Name) and each.id == "staticmethod" for each in function.decorators)
