"""Detects module classes without a `forward` or `__init__`, beside what was meant to be one."""

from __future__ import annotations

from collections.abc import Iterator

from torchlint.facts.answer import Answer
from torchlint.facts.layer import MethodPlace, MissingMethod
from torchlint.facts.site import Site
from torchlint.knowledge.layers import BASES_THAT_USE_NO_LAYER
from torchlint.source import syntax
from torchlint.source.paper.detect.architecture.borrowed import Borrowed
from torchlint.source.paper.detect.architecture.members import Modules
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, ProjectClass, Thing, Value
from torchlint.source.paper.occurrences.layers import Built, LayerRun
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import ForwardRan, OptimizerBuilt
from torchlint.source.paper.python.attributes import class_attribute, lineage
from torchlint.source.paper.python.classes import derives_from_none_but
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS
from torchlint.source.walk import parts_of

FORWARD, INIT = "forward", "__init__"


class MissingMethods(Detector):
    """Classes of modules whose objects the program builds and runs though a method that this takes is missing."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)
        self._built: dict[int, ProjectClass] = {}
        self._needed: dict[int, Thing] = {}

    @listens
    def collect_built(self, built: Built) -> None:
        """Remember a class of which an object is built."""
        if built.made.kind is Kind.LAYER and built.made.of is not None:
            self._built.setdefault(id(built.made.of.definition), built.made.of)

    @listens
    def collect_run(self, run: LayerRun) -> None:
        """Remember a module that another one runs."""
        self._need(run.layer)

    @listens
    def collect_forward(self, ran: ForwardRan) -> None:
        """Remember a module that the program runs."""
        self._need(ran.model)

    @listens
    def collect_trained(self, built: OptimizerBuilt) -> None:
        """Remember the modules that an optimizer is built for."""
        held = self.machine.state.get(GROUPS, built.made.number).own
        for module in self._modules.built:
            if module.number in held:
                self._need(module)

    def _need(self, model: Value) -> None:
        if isinstance(model, Thing) and model.of is not None and id(model.of.definition) not in self._needed:
            self._needed[id(model.of.definition)] = model

    @listens
    def emit_missing(self, _: ProjectEnded) -> None:
        """Tell what stands where a method of such a class was looked for."""
        borrowed = Borrowed(self.machine.project)
        for model in self._needed.values():
            if model.of is not None and self.machine.children_of(model) and self._lacks(model.of, FORWARD, "__call__"):
                for place, function, owner in _candidates(model.of):
                    self._emit(owner, FORWARD, place, function, borrowed)
        for kind in self._built.values():
            if self._lacks(kind, INIT):
                for owner in lineage(kind):
                    for function in _functions(owner.definition.body):
                        if _is_slip(function.name, INIT) and _prepares(function, owner):
                            self._emit(owner, INIT, MethodPlace.CLASS, function, borrowed)

    def _lacks(self, kind: ProjectClass, *names: str) -> bool:
        """Whether a class has none of these methods, from a base that was not read neither."""
        return derives_from_none_but(kind, BASES_THAT_USE_NO_LAYER) and not any(
            class_attribute(self.machine, kind, name) is not None or _defines(each.definition, name)
            for name in names
            for each in lineage(kind)
        )

    def _emit(
        self,
        owner: ProjectClass,
        method: str,
        place: MethodPlace,
        function: syntax.Function,
        borrowed: Borrowed,
    ) -> None:
        assert owner.module is not None
        if place is MethodPlace.CLASS:
            words = frozenset().union(*(each.definition.words for each in self.machine.modules.classes))
            used = function.name in borrowed.beside(owner) or f"self.{function.name}" in words
        else:
            used = _takes(owner.module.summary.body, function.name)
        self.emit(
            MissingMethod(
                site=Site(owner.module.path, function.line),
                owner=owner.definition.name,
                method=method,
                found=function.name,
                place=place,
                used=Answer.of(used),
            )
        )


def _candidates(kind: ProjectClass) -> Iterator[tuple[MethodPlace, syntax.Function, ProjectClass]]:
    """What may have been meant as the `forward` of a class."""
    for owner in lineage(kind):
        for function in _functions(owner.definition.body):
            if _is_slip(function.name, FORWARD):
                yield MethodPlace.CLASS, function, owner
            if function.name == INIT:
                for inner in _functions(function.body):
                    if inner.name == FORWARD and _takes_self(inner):
                        yield MethodPlace.CONSTRUCTOR, inner, owner
    if kind.module is not None:
        after = [each for each in kind.module.summary.body if each.line > kind.definition.line]
        for statement in after:
            if isinstance(statement, syntax.Class):
                break  # What follows another class was meant for that one.
            if isinstance(statement, syntax.Function) and statement.name == FORWARD and _takes_self(statement):
                yield MethodPlace.MODULE, statement, kind


def _functions(body: list[syntax.Statement]) -> list[syntax.Function]:
    return [each for each in body if isinstance(each, syntax.Function)]


def _takes_self(function: syntax.Function) -> bool:
    return bool(function.parameters) and function.parameters[0].name == "self"


def _is_slip(name: str, wanted: str) -> bool:
    """Whether a name is one slip of the fingers away from another: of a letter, or of underscores at the ends."""
    if name == wanted:
        return False
    plain, meant = name.strip("_").lower(), wanted.strip("_")
    if wanted.startswith("__") and not (name.startswith("__") and name.endswith("__")):
        return plain == meant
    return plain == meant or _is_one_edit_away(plain, meant)


def _is_one_edit_away(first: str, second: str) -> bool:
    """Whether one letter is missing, added, wrong, or has changed places with its neighbour."""
    if abs(len(first) - len(second)) > 1:
        return False
    while first and second and first[0] == second[0]:
        first, second = first[1:], second[1:]
    swapped = first[:2] == second[:2][::-1] and first[2:] == second[2:]
    return swapped or first[1:] == second[1:] or first[1:] == second or first == second[1:]


def _prepares(function: syntax.Function, owner: ProjectClass) -> bool:
    """Whether a method does what `__init__` is for: it initialises the base, or sets what other methods read."""
    others = [each for each in _functions(owner.definition.body) if each is not function]
    read = frozenset().union(*(each.words for each in others))
    return INIT in function.words or any(word.startswith("self.") and word in read for word in function.words)


def _defines(node: object, name: str) -> bool:
    """Whether a class body defines or binds a name, at any depth of branches, or an object's attribute of it."""
    match node:
        case syntax.Function():
            return node.name == name or f"self.{name}" in node.words
        case syntax.Class():
            return any(_defines(each, name) for each in node.body)
        case syntax.Assign():
            return any(_takes(target, name) for target in node.targets)
    return not isinstance(node, str) and any(_defines(part, name) for part in parts_of(node))


def _takes(node: object, name: str) -> bool:
    """Whether a piece of syntax mentions a variable."""
    if isinstance(node, syntax.Name):
        return node.id == name
    return any(_takes(part, name) for part in parts_of(node))
