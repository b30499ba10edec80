"""Abstract classes on paper: methods that are left to subclasses, and the classes that have them all."""

from __future__ import annotations

from torchlint.source import syntax
from torchlint.source.paper.domain.values import ProjectClass, Routine
from torchlint.source.paper.python.attributes import class_attribute, lineage
from torchlint.source.paper.python.machine import Machine
from torchlint.source.written import last_name


def implementations(machine: Machine, owner: ProjectClass) -> list[ProjectClass]:
    """The subclasses that have all methods which a class leaves to them; none of a class that is complete itself."""
    if not _lacks(machine, owner):
        return []
    return [
        each
        for each in machine.modules.classes
        if each is not owner and owner in lineage(each) and not _lacks(machine, each)
    ]


def _lacks(machine: Machine, owner: ProjectClass) -> bool:
    """Whether some method of a class is left to its subclasses."""
    names = {name for each in lineage(owner) for name in each.methods}
    return any(_is_abstract(class_attribute(machine, owner, name)) for name in names)


def _is_abstract(method: object) -> bool:
    if not isinstance(method, Routine) or not isinstance(method.definition, syntax.Function):
        return False
    if any(last_name(each) == "abstractmethod" for each in method.definition.decorators):
        return True
    match [each for each in method.definition.body if not _is_docstring(each)]:
        case [syntax.Raise(value=raised)] if raised is not None:
            return last_name(raised.function if isinstance(raised, syntax.Call) else raised) == "NotImplementedError"
    return False


def _is_docstring(statement: syntax.Statement) -> bool:
    return isinstance(statement, syntax.Evaluate) and isinstance(statement.value, syntax.Constant)
