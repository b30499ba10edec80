"""Expressions of a LibCST tree to those of `torchlint.source.syntax`, in the order of the text."""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Any

import libcst as cst

from torchlint.source import lines, syntax
from torchlint.source import lower_literal as literal
from torchlint.source.syntax import Expression


class Cursor:
    """Where the walk stands: the line it has come to, the logical line, and what was met on the way."""

    __slots__ = ("aliases", "borrowed", "first", "in_class", "line", "part", "rows", "words", "yields")

    def __init__(self, text: str = "") -> None:
        self.rows = lines.rows(text) if text else []
        self.line = 1
        self.first = 1
        self.part = 0
        self.words: set[str] = set()
        self.borrowed: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.yields = False
        self.in_class = False

    def begin(self) -> int:
        """Begin a logical line here."""
        self.first = self.line
        self.part = 0
        return self.line

    def is_short(self) -> bool:
        """Whether the logical line that begins here is known to end on its row, by a look at the row alone."""
        return self.line <= len(self.rows) and lines.is_whole(self.rows[self.line - 1])

    def word(self, text: str) -> str:
        """Remember a word, and return the one copy of it."""
        text = intern(text)
        self.words.add(text)
        return text

    def words_since(self, outer: set[str]) -> frozenset[str]:
        """The words that a function or a class mentions, added to those `outer` of what stands around it.

        For what was imported under another name, its own name is a word too.
        """
        words = frozenset(self.words | {own for alias, own in self.aliases.items() if alias in self.words})
        self.words = outer
        outer |= words
        return words


def lower(cursor: Cursor, node: Any) -> Expression:
    """Lower one expression."""
    return _BY_KIND[type(node)](cursor, node)


def lower_maybe(cursor: Cursor, node: Any) -> Expression | None:
    """Lower an expression that may be missing."""
    return None if node is None else _BY_KIND[type(node)](cursor, node)


def lower_arguments(cursor: Cursor, nodes: Any) -> list[syntax.Argument]:
    """Lower the arguments of a call or of a class."""
    arguments = []
    for node in nodes:
        keyword = node.keyword
        name = node.star if keyword is None else cursor.word(keyword.value)
        arguments.append(syntax.Argument(lower(cursor, node.value), name))
    return arguments


def lower_parameters(cursor: Cursor, node: cst.Parameters) -> list[syntax.Parameter]:
    """Lower the parameters of a function or a lambda."""
    found = [_parameter(cursor, each, "positional") for each in node.posonly_params]
    found += [_parameter(cursor, each, "either") for each in node.params]
    if isinstance(node.star_arg, cst.Param):
        found.append(_parameter(cursor, node.star_arg, "*"))
    found += [_parameter(cursor, each, "keyword") for each in node.kwonly_params]
    if node.star_kwarg is not None:
        found.append(_parameter(cursor, node.star_kwarg, "**"))
    return found


def _parameter(cursor: Cursor, node: cst.Param, kind: str) -> syntax.Parameter:
    name = cursor.word(node.name.value)
    annotation = None if node.annotation is None else lower(cursor, node.annotation.annotation)
    return syntax.Parameter(name, kind, lower_maybe(cursor, node.default), annotation)


_NAMED_CONSTANTS = {"None": None, "True": True, "False": False}


def _name(cursor: Cursor, node: cst.Name) -> Expression:
    value = node.value
    if value in _NAMED_CONSTANTS:
        return syntax.Constant(_NAMED_CONSTANTS[value])
    value = intern(value)
    cursor.words.add(value)
    return syntax.Name(value)


def _attribute(cursor: Cursor, node: cst.Attribute) -> Expression:
    value = node.value
    lowered = _BY_KIND[type(value)](cursor, value)
    name = intern(node.attr.value)
    cursor.words.add(name)
    if type(lowered) is syntax.Name and lowered.id == "self":
        cursor.words.add(f"self.{name}")
        if not cursor.in_class:
            cursor.borrowed.add(name)
    else:
        cursor.borrowed.add(name)
    return syntax.Attribute(lowered, name)


def _call(cursor: Cursor, node: cst.Call) -> Expression:
    part = cursor.part
    cursor.part = part + 1
    function = lower(cursor, node.func)
    return syntax.Call(function, lower_arguments(cursor, node.args), cursor.first, part)


def _number(_: Cursor, node: cst.Integer | cst.Float | cst.Imaginary) -> Expression:
    return syntax.Constant(literal.number(node.value))


def _ellipsis(_: Cursor, __: cst.Ellipsis) -> Expression:
    return syntax.Constant(...)


def _string(cursor: Cursor, node: cst.SimpleString) -> Expression:
    value = literal.string(node.value)
    if isinstance(value, str) and value.isidentifier():
        cursor.borrowed.add(value)
    return syntax.Constant(value)


def _format(cursor: Cursor, node: Any) -> Expression:
    return syntax.Text(_fields(cursor, node.parts))


def _fields(cursor: Cursor, parts: Any) -> list[Expression]:
    found: list[Expression] = []
    for part in parts:
        inner = getattr(part, "expression", None)
        if inner is None:
            continue
        found.append(lower(cursor, inner))
        if part.format_spec:
            found += _fields(cursor, part.format_spec)
    return found


def _concatenated(cursor: Cursor, node: cst.ConcatenatedString) -> Expression:
    pieces: list[Expression] = []
    rest: Any = node
    while isinstance(rest, cst.ConcatenatedString):
        pieces.append(lower(cursor, rest.left))
        rest = rest.right
    pieces.append(lower(cursor, rest))
    values = [piece.value for piece in pieces if isinstance(piece, syntax.Constant)]
    if len(values) == len(pieces):
        empty: Any = b"" if isinstance(values[0], bytes) else ""
        if all(type(value) is type(empty) for value in values):
            return syntax.Constant(empty.join(values))
    return syntax.Text([part for piece in pieces if isinstance(piece, syntax.Text) for part in piece.parts])


def _tuple(cursor: Cursor, node: cst.Tuple) -> Expression:
    return syntax.Collection("tuple", [lower(cursor, each) for each in node.elements], bare=not node.lpar)


def _list(cursor: Cursor, node: cst.List) -> Expression:
    return syntax.Collection("list", [lower(cursor, each) for each in node.elements])


def _set(cursor: Cursor, node: cst.Set) -> Expression:
    return syntax.Collection("set", [lower(cursor, each) for each in node.elements])


def _element(cursor: Cursor, node: cst.Element) -> Expression:
    return lower(cursor, node.value)


def _starred(cursor: Cursor, node: cst.StarredElement) -> Expression:
    return syntax.Starred(lower(cursor, node.value))


def _dict(cursor: Cursor, node: cst.Dict) -> Expression:
    items: list[tuple[Expression | None, Expression]] = []
    for each in node.elements:
        key = lower(cursor, each.key) if isinstance(each, cst.DictElement) else None
        items.append((key, lower(cursor, each.value)))
    return syntax.Mapping(items)


def _subscript(cursor: Cursor, node: cst.Subscript) -> Expression:
    value = lower(cursor, node.value)
    elements = node.slice
    indices = [_index(cursor, each.slice) for each in elements]
    if (
        len(indices) == 1
        and isinstance(elements[0].comma, cst.MaybeSentinel)
        and type(indices[0]) is not syntax.Starred
    ):
        return syntax.Subscript(value, indices[0])
    return syntax.Subscript(value, syntax.Collection("tuple", indices))


def _index(cursor: Cursor, node: cst.BaseSlice) -> Expression:
    if isinstance(node, cst.Slice):
        lower_, upper = lower_maybe(cursor, node.lower), lower_maybe(cursor, node.upper)
        return syntax.Slice(lower_, upper, lower_maybe(cursor, node.step))
    assert isinstance(node, cst.Index)
    value = lower(cursor, node.value)
    return syntax.Starred(value) if node.star else value


def _unary(cursor: Cursor, node: cst.UnaryOperation) -> Expression:
    return syntax.Operation(_OPERATORS[type(node.operator)], [lower(cursor, node.expression)])


def _binary(cursor: Cursor, node: cst.BinaryOperation) -> Expression:
    left = lower(cursor, node.left)
    return syntax.Operation(_OPERATORS[type(node.operator)], [left, lower(cursor, node.right)])


def _boolean(cursor: Cursor, node: cst.BooleanOperation) -> Expression:
    operator = _OPERATORS[type(node.operator)]
    left, right = lower(cursor, node.left), lower(cursor, node.right)
    if type(left) is syntax.Operation and left.operator == operator and not node.left.lpar:
        left.operands.append(right)
        return left
    return syntax.Operation(operator, [left, right])


def _comparison(cursor: Cursor, node: cst.Comparison) -> Expression:
    left = lower(cursor, node.left)
    operators = [_OPERATORS[type(each.operator)] for each in node.comparisons]
    return syntax.Comparison(left, operators, [lower(cursor, each.comparator) for each in node.comparisons])


def _conditional(cursor: Cursor, node: cst.IfExp) -> Expression:
    yes, test = lower(cursor, node.body), lower(cursor, node.test)
    return syntax.Conditional(test, yes, lower(cursor, node.orelse))


def _named(cursor: Cursor, node: cst.NamedExpr) -> Expression:
    target = lower(cursor, node.target)
    return syntax.Assigned(target, lower(cursor, node.value))


def _await(cursor: Cursor, node: cst.Await) -> Expression:
    return syntax.Awaited("await", lower(cursor, node.expression))


def _yield(cursor: Cursor, node: cst.Yield) -> Expression:
    cursor.yields = True
    if isinstance(node.value, cst.From):
        return syntax.Awaited("yield from", lower(cursor, node.value.item))
    return syntax.Awaited("yield", lower_maybe(cursor, node.value))


def _lambda(cursor: Cursor, node: cst.Lambda) -> Expression:
    yields = cursor.yields
    parameters = lower_parameters(cursor, node.params)
    body = lower(cursor, node.body)
    cursor.yields = yields
    return syntax.Lambda(parameters, body)


def _comprehension(kind: str) -> Callable[[Cursor, Any], Expression]:
    def comprehension(cursor: Cursor, node: Any) -> Expression:
        key = lower_maybe(cursor, getattr(node, "key", None))
        element = lower(cursor, node.value if kind == "dict" else node.elt)
        return syntax.Comprehension(kind, key, element, _generators(cursor, node.for_in))

    return comprehension


def _generators(cursor: Cursor, node: cst.CompFor | None) -> list[syntax.Generator]:
    found = []
    while node is not None:
        target, source = lower(cursor, node.target), lower(cursor, node.iter)
        found.append(syntax.Generator(target, source, [lower(cursor, each.test) for each in node.ifs]))
        node = node.inner_for_in
    return found


_OPERATORS: dict[type, str] = {
    cst.Not: "not", cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~", cst.And: "and", cst.Or: "or",
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//",
    cst.Modulo: "%", cst.Power: "**", cst.LeftShift: "<<", cst.RightShift: ">>", cst.BitOr: "|",
    cst.BitAnd: "&", cst.BitXor: "^", cst.MatrixMultiply: "@", cst.LessThan: "<", cst.GreaterThan: ">",
    cst.Equal: "==", cst.LessThanEqual: "<=", cst.GreaterThanEqual: ">=", cst.NotEqual: "!=", cst.In: "in",
    cst.NotIn: "not in", cst.Is: "is", cst.IsNot: "is not", cst.AddAssign: "+", cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*", cst.MatrixMultiplyAssign: "@", cst.DivideAssign: "/", cst.ModuloAssign: "%",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^", cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>", cst.PowerAssign: "**", cst.FloorDivideAssign: "//",
}  # fmt: skip


def augmented(operator: cst.BaseAugOp) -> str:
    """The operator of an augmented assignment, without its "="."""
    return _OPERATORS[type(operator)]


_BY_KIND: dict[type, Callable[[Cursor, Any], Expression]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.Ellipsis: _ellipsis,
    cst.SimpleString: _string,
    cst.FormattedString: _format,
    cst.ConcatenatedString: _concatenated,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Element: _element,
    cst.StarredElement: _starred,
    cst.Dict: _dict,
    cst.Subscript: _subscript,
    cst.UnaryOperation: _unary,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.NamedExpr: _named,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.Lambda: _lambda,
    cst.ListComp: _comprehension("list"),
    cst.SetComp: _comprehension("set"),
    cst.DictComp: _comprehension("dict"),
    cst.GeneratorExp: _comprehension("generator"),
}
# Newer LibCST knows newer Python.
for _kind, _handler in (("TemplatedString", _format), ("StarredDictComp", _comprehension("dict"))):
    if hasattr(cst, _kind):
        _BY_KIND[getattr(cst, _kind)] = _handler
