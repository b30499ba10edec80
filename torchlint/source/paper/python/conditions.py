"""Conditions on paper: what they test, and whether they are known to hold."""

from __future__ import annotations

from collections.abc import Iterator

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.source import syntax
from torchlint.source.paper.domain.values import Kind, Literal, Routine, Thing, Value
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.condition import Condition, WrittenTest
from torchlint.source.walk import parts_of
from torchlint.source.written import roots_of, text_of


def condition_of(machine: Machine, test: syntax.Expression) -> tuple[Condition | None, bool]:
    """What a branch tests, None where it has no text; and whether it affirms it."""
    written = _written(machine, test)
    condition = written.condition
    if not condition.text:
        return None, True
    held = ((name, machine.lookup(name)) for name in written.roots)
    known = {name: value for name, value in held if value is not None}
    values = tuple((name, value.number) for name, value in known.items())
    # A text is no count: `template % name` only looks like a remainder.
    counts = not any(_is_text(value) for name, value in known.items() if name in written.divided)
    every_kth_if = condition.every_kth_if if counts else None
    return Condition(condition.text, values, every_kth_if, condition.test), written.affirms


def _is_text(value: Value) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, (str, bytes))


def _written(machine: Machine, test: syntax.Expression) -> WrittenTest:
    known = machine.texts.tests.get(id(test))
    if known is None:
        known = machine.texts.tests[id(test)] = _written_test(test)
    return known


def _written_test(test: syntax.Expression) -> WrittenTest:
    affirms = True
    while isinstance(test, syntax.Operation) and test.operator == "not":
        test, affirms = test.operands[0], not affirms
    if isinstance(test, syntax.Comparison) and test.operators in (["is not"], ["!="]):
        test = syntax.Comparison(test.left, ["is" if test.operators == ["is not"] else "=="], test.rights)
        affirms = not affirms
    text = text_of(test)
    roots = tuple(sorted(roots_of(test))) if text else ()
    condition = Condition(text, every_kth_if=_every_kth_if(test), test=test)
    return WrittenTest(condition, roots, affirms, frozenset(_divided(test)))


def _divided(node: object) -> Iterator[str]:
    """The variables before a `%`."""
    match node:
        case syntax.Operation(operator="%", operands=[syntax.Name(name), _]):
            yield name
    for part in parts_of(node):
        yield from _divided(part)


def _every_kth_if(test: syntax.Expression) -> bool | None:
    """The truth of a test in every k-th iteration: of `i % k == 0` or `not i % k`, if beside other tests."""
    match test:
        case syntax.Comparison(left=left, operators=["=="], rights=[right]):
            return True if _is_remainder(left) or _is_remainder(right) else None
        case syntax.Operation(operator="%"):
            return False if _is_remainder(test) else None
        case syntax.Operation(operator="not", operands=[inner]):
            held = _every_kth_if(inner)
            return None if held is None else not held
        case syntax.Operation(operator="and" | "or", operands=operands):
            return next((held for each in operands if (held := _every_kth_if(each)) is not None), None)
    return None


def _is_remainder(expression: syntax.Expression) -> bool:
    """Whether an expression is what is left of a count; `"%d" % count` is a text, and `count % 1` is always nothing."""
    match expression:
        case syntax.Operation(operator="%", operands=[syntax.Text() | syntax.Constant(value=str() | bytes()), _]):
            return False
        case syntax.Operation(operator="%", operands=[_, syntax.Collection()]):
            return False
        case syntax.Operation(operator="%", operands=[_, syntax.Constant(value=1)]):
            return False
        case syntax.Operation(operator="%"):
            return True
    return False


def _asks_mode(node: object) -> bool:
    match node:
        case syntax.Attribute(name="training"):
            return True
        case syntax.Name() | syntax.Constant() | str() | int():
            return False
    return any(_asks_mode(part) for part in parts_of(node))


def truth(machine: Machine, test: syntax.Expression, value: Value) -> Answer:
    """Whether a tested value is known to be true, by its value or by what is assumed on this way."""
    match value:
        case Literal():
            return Answer.of(bool(value.value))
        case Thing() if value.kind is not Kind.OBJECT:
            return Yes
        case Routine():
            return Yes
    text = _written(machine, test).condition.text
    if not any(assumed.text == text for assumed in machine.assumed):
        return Unknown
    condition, affirmed = condition_of(machine, test)
    held = machine.assumed.get(condition) if condition is not None else None
    return Unknown if held is None else Answer.of(held is affirmed)


def periodic(machine: Machine) -> Answer:
    """Whether what happens now happens only in every k-th iteration."""
    for condition, held in machine.assumed.items():
        if condition.every_kth_if is not None:
            return Yes if held is condition.every_kth_if else Unknown
    return No


def in_first_iteration(machine: Machine) -> Answer:
    """Whether what happens now happens in the first iteration too: a test of what the loops count may leave it out."""
    counts = {name for loop in machine.loops for name in loop.variables}
    tests = machine.assumed.items() if counts else ()
    return Yes if all(_may_begin(condition.test, held, counts) for condition, held in tests) else Unknown


def _may_begin(test: syntax.Expression | None, held: bool, counts: set[str]) -> bool:
    """Whether a test has this outcome from the first iteration on, in which what is counted is smallest."""
    if test is None or counts.isdisjoint(roots_of(test)):
        return True
    match test:
        case syntax.Operation(operator="not", operands=[inner]):
            return _may_begin(inner, not held, counts)
        case syntax.Operation(operator="and" | "or" as operator, operands=operands):
            return held is (operator == "and") and all(_may_begin(each, held, counts) for each in operands)
        case syntax.Comparison(operators=["<" | "<=" | "=="]):
            return held
        case syntax.Comparison(operators=[">" | ">="]):
            return not held
    return False


def guarded_by_mode(machine: Machine) -> Answer:
    """Whether what happens now hangs on the mode of a model."""
    return Answer.of(any(_asks_mode(condition.test) for condition in machine.assumed))


def options_chosen(machine: Machine) -> frozenset[tuple[Condition, bool]]:
    """Which options are taken to be chosen on this way: tests for a name of one, and whether they hold.

    What an object keeps of itself may be another by the time that it is asked again.
    """
    return frozenset((condition, held) for condition, held in machine.assumed.items() if _asks_for_option(condition))


def _asks_for_option(condition: Condition) -> bool:
    match condition.test:
        case syntax.Comparison(left=syntax.Attribute(value=syntax.Name(id="self"))):
            return False
        case syntax.Comparison(operators=["=="], rights=[syntax.Constant(value=str())]):
            return True
    return False


def are_exclusive(some: frozenset[tuple[Condition, bool]], others: frozenset[tuple[Condition, bool]]) -> bool:
    """Whether no way takes both of these choices: one denies what the other affirms, or affirms another option."""
    return any(_excludes(*each, *other) for each in some for other in others)


def _excludes(first: Condition, first_held: bool, second: Condition, second_held: bool) -> bool:
    if first == second:
        return first_held is not second_held
    match first.test, second.test:
        case syntax.Comparison(left=asked), syntax.Comparison(left=asked_elsewhere):
            both_hold = first_held and second_held and first.values == second.values
            return both_hold and text_of(asked) == text_of(asked_elsewhere)
    return False
