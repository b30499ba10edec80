"""Conditions on paper: what they test, and whether they are known to hold."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.source import syntax
from torchlint.source.paper.domain.values import Kind, Literal, Routine, Thing, Value
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.written import roots_of, text_of


def condition_name(machine: Machine, test: syntax.Expression) -> tuple[str, bool]:
    """A name for what a condition tests, the same wherever it is tested again; and whether it affirms it."""
    written = machine.conditions.get(id(test))
    if written is None:
        written = machine.conditions[id(test)] = _written_condition(test)
    text, roots, affirmed = written
    if not text:
        return "", True
    stamps = []
    for name in roots:
        value = machine.lookup(name)
        stamps.append(f"{name}:{value.number}" if value is not None else name)
    return f"{text} [{', '.join(stamps)}]", affirmed


def _written_condition(test: syntax.Expression) -> tuple[str, tuple[str, ...], bool]:
    """The text of a condition without its negation, the variables in it, and whether it is affirmed."""
    affirmed = True
    while isinstance(test, syntax.Operation) and test.operator == "not":
        test, affirmed = test.operands[0], not affirmed
    if isinstance(test, syntax.Comparison) and test.operators in (["is not"], ["!="]):
        test = syntax.Comparison(test.left, ["is" if test.operators == ["is not"] else "=="], test.rights)
        affirmed = not affirmed
    text = text_of(test)
    return text, tuple(sorted(roots_of(test))) if text else (), affirmed


def truth(machine: Machine, test: syntax.Expression, value: Value) -> Answer:
    """Whether a tested value is known to be true, by its value or by what is assumed on this way."""
    match value:
        case Literal():
            return Answer.of(bool(value.value))
        case Thing() if value.kind is not Kind.OBJECT:
            return Yes
        case Routine():
            return Yes
    if not machine.assumed:
        return Unknown
    condition, affirmed = condition_name(machine, test)
    assumed = machine.assumed.get(condition) if condition else None
    if assumed is not None:
        return Answer.of(assumed is affirmed)
    return Unknown


def periodic(machine: Machine) -> Answer:
    """Whether what happens now happens only in every k-th iteration."""
    for condition, held in machine.assumed.items():
        if "%" in condition:
            return Yes if held is ("== 0" in condition) else Unknown
    return No


def guarded_by_mode(machine: Machine) -> Answer:
    """Whether what happens now hangs on the mode of a model."""
    return Yes if any(".training" in condition for condition in machine.assumed) else No
