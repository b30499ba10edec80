"""Expressions as they are written: their text, and the names in it."""

from __future__ import annotations

from collections.abc import Iterator
from types import EllipsisType

from torchlint.source import syntax
from torchlint.source.walk import parts_of


def text_of(expression: syntax.Expression) -> str:
    """An expression made of names, attributes, constants and comparisons, as text; empty for any other."""
    match expression:
        case syntax.Name():
            return expression.id
        case syntax.Constant():
            return repr(expression.value)
        case syntax.Attribute():
            value = text_of(expression.value)
            return value and f"{value}.{expression.name}"
        case syntax.Operation():
            parts = [text_of(operand) for operand in expression.operands]
            joined = f" {expression.operator} ".join(parts) if len(parts) > 1 else f"{expression.operator} {parts[0]}"
            return f"({joined})" if all(parts) else ""
        case syntax.Comparison():
            parts = [text_of(each) for each in (expression.left, *expression.rights)]
            joined = parts[0] + "".join(
                f" {operator} {part}" for operator, part in zip(expression.operators, parts[1:], strict=True)
            )
            return f"({joined})" if all(parts) else ""
        case syntax.Subscript():
            value, index = text_of(expression.value), text_of(expression.index)
            return f"{value}[{index}]" if value and index else ""
        case syntax.Call():
            function = text_of(expression.function)
            inner = [text_of(argument.value) for argument in expression.arguments]
            return f"{function}({', '.join(inner)})" if function and all(inner) else ""
    return ""


def last_name(expression: syntax.Expression | None) -> str:
    """The last name of a variable or an attribute; empty for any other expression."""
    match expression:
        case syntax.Name(id=name) | syntax.Attribute(name=name):
            return name
    return ""


def takes_range(index: syntax.Expression) -> bool:
    """Whether an index takes neighbours, and does not choose by values: it is made of slices and constants."""
    match index:
        case syntax.Slice() | syntax.Constant(value=int() | None | EllipsisType()):
            return True
        case syntax.Operation(operator="-", operands=[syntax.Constant()]):
            return True
        case syntax.Collection(kind="tuple"):
            return all(map(takes_range, index.items))
    return False


def roots_of(expression: syntax.Expression) -> set[str]:
    """The variables that an expression reads, as far as it is made of what has a text."""
    match expression:
        case syntax.Name():
            return {expression.id}
        case syntax.Attribute():
            return roots_of(expression.value)
        case syntax.Operation():
            return {root for operand in expression.operands for root in roots_of(operand)}
        case syntax.Comparison():
            return {root for each in (expression.left, *expression.rights) for root in roots_of(each)}
        case syntax.Subscript():
            return roots_of(expression.value) | roots_of(expression.index)
        case syntax.Collection():
            return {root for item in expression.items for root in roots_of(item)}
        case syntax.Call():
            inner = {root for argument in expression.arguments for root in roots_of(argument.value)}
            return inner | roots_of(expression.function)
    return set()


def names_in(node: object) -> Iterator[str]:
    """The names, attributes and constant keys in an expression; what is listed there names what is not chosen too."""
    match node:
        case syntax.Collection() | syntax.Mapping():
            return
        case syntax.Name(id=name) | syntax.Attribute(name=name):
            yield name
        case syntax.Subscript(index=syntax.Constant(value=str(key))):
            yield key
    for part in parts_of(node):
        yield from names_in(part)


def counted_to_the_end(test: syntax.Expression, held: bool) -> Iterator[str]:
    """The counts that a test with this outcome finds at the last of all, as `i == len(batches) - 1` if it holds."""
    match test:
        case syntax.Operation(operator="not", operands=[inner]):
            yield from counted_to_the_end(inner, not held)
        case syntax.Operation(operator="and" | "or" as operator, operands=operands) if held is (operator == "and"):
            for each in operands:
                yield from counted_to_the_end(each, held)
        case syntax.Comparison(operators=["==" | "!=" as operator], left=left, rights=[right]) if held is (
            operator == "=="
        ):
            yield from filter(None, (_count_at_end(left, right), _count_at_end(right, left)))


def _count_at_end(count: syntax.Expression, end: syntax.Expression) -> str:
    """The count that equals the number of the last of all: one less than how many there are, or one more than it."""
    length = syntax.Name("len")
    match count, end:
        case syntax.Name(id=name), syntax.Operation("-", [syntax.Call(function=function), syntax.Constant(1)]):
            return name if function == length else ""
        case syntax.Operation("+", [syntax.Name(id=name), syntax.Constant(1)]), syntax.Call(function=function):
            return name if function == length else ""
    return ""


def call_at(node: object, line: int, part: int) -> syntax.Call | None:
    """The call that stands at a place in a piece of syntax, by its line and its number there."""
    if isinstance(node, syntax.Call) and (node.line, node.part) == (line, part):
        return node
    return next((found for each in parts_of(node) if (found := call_at(each, line, part)) is not None), None)


def takes_away(node: object) -> bool:
    """Whether something is negated or subtracted in an expression."""
    return (isinstance(node, syntax.Operation) and node.operator == "-") or any(map(takes_away, parts_of(node)))
