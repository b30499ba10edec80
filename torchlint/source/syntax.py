"""A file lowered to what its run does: assignments, calls, loops and branches, without layout or comments.

This is what a file's summary is made of. It is small, holds no LibCST node, and can be sent to another process.
Every statement carries its first `line`; every call carries `part`, its number among the calls of its logical
line (the simple statement line, or the header of a compound statement), an outer call before the calls inside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True)
class Constant:
    """A literal: None, bool, int, float, complex, str, bytes or Ellipsis."""

    value: object


@dataclass(slots=True)
class Text:
    """An f-string: its text is not known; the expressions in it are."""

    parts: list[Expression]


@dataclass(slots=True)
class Name:
    """A variable."""

    id: str


@dataclass(slots=True)
class Attribute:
    """`value.name`."""

    value: Expression
    name: str


@dataclass(slots=True)
class Argument:
    """One argument of a call: `keyword` is "" when positional, "*" or "**" when unpacked."""

    value: Expression
    keyword: str = ""


@dataclass(slots=True)
class Call:
    """`function(arguments)`."""

    function: Expression
    arguments: list[Argument]
    line: int
    part: int


@dataclass(slots=True)
class Subscript:
    """`value[index]`; several indices or a tuple become a Collection of kind "tuple"."""

    value: Expression
    index: Expression


@dataclass(slots=True)
class Slice:
    """`lower:upper:step` inside a subscript."""

    lower: Expression | None
    upper: Expression | None
    step: Expression | None


@dataclass(slots=True)
class Collection:
    """A "list", "tuple" or "set" display; items may be Starred. A tuple without parentheses is `bare`."""

    kind: str
    items: list[Expression]
    bare: bool = False


@dataclass(slots=True)
class Mapping:
    """A dict display; a key of None means `**value`."""

    items: list[tuple[Expression | None, Expression]]


@dataclass(slots=True)
class Starred:
    """`*value` in a display or an assignment target."""

    value: Expression


@dataclass(slots=True)
class Operation:
    """A unary ("not", "-", "+", "~"), binary ("+", "*", "@", ...) or boolean ("and", "or") operation."""

    operator: str
    operands: list[Expression]


@dataclass(slots=True)
class Comparison:
    """`left op right op right`: operators such as "==", "is not", "not in"."""

    left: Expression
    operators: list[str]
    rights: list[Expression]


@dataclass(slots=True)
class Conditional:
    """`yes if test else no`."""

    test: Expression
    yes: Expression
    no: Expression


@dataclass(slots=True)
class Assigned:
    """`name := value`."""

    target: Expression
    value: Expression


@dataclass(slots=True)
class Awaited:
    """`await value`, `yield value` or `yield from value`, told apart by `kind`; value may be missing."""

    kind: str
    value: Expression | None


@dataclass(slots=True)
class Generator:
    """`for target in source if conditions` of a comprehension."""

    target: Expression
    source: Expression
    conditions: list[Expression]


@dataclass(slots=True)
class Comprehension:
    """A "list", "set", "dict" or "generator" comprehension; `key` only for a dict."""

    kind: str
    key: Expression | None
    element: Expression
    generators: list[Generator]


@dataclass(slots=True)
class Parameter:
    """A parameter: `kind` is "positional", "either", "keyword", "*" or "**"."""

    name: str
    kind: str
    default: Expression | None = None
    annotation: Expression | None = None


@dataclass(slots=True)
class Lambda:
    """`lambda parameters: body`."""

    parameters: list[Parameter]
    body: Expression


Expression: TypeAlias = (
    Constant
    | Text
    | Name
    | Attribute
    | Call
    | Subscript
    | Slice
    | Collection
    | Mapping
    | Starred
    | Operation
    | Comparison
    | Conditional
    | Assigned
    | Awaited
    | Comprehension
    | Lambda
)


@dataclass(slots=True)
class Assign:
    """`target = target = value`; an annotated assignment too (its value may be missing)."""

    line: int
    targets: list[Expression]
    value: Expression | None
    annotation: Expression | None = None


@dataclass(slots=True)
class Augment:
    """`target operator= value`; the operator without its "="."""

    line: int
    target: Expression
    operator: str
    value: Expression


@dataclass(slots=True)
class Evaluate:
    """An expression on its own."""

    line: int
    value: Expression


@dataclass(slots=True)
class Return:
    """`return value`."""

    line: int
    value: Expression | None


@dataclass(slots=True)
class Raise:
    """`raise value`."""

    line: int
    value: Expression | None


@dataclass(slots=True)
class Jump:
    """`break` or `continue`."""

    line: int
    kind: str


@dataclass(slots=True)
class Delete:
    """`del targets`."""

    line: int
    targets: list[Expression]


@dataclass(slots=True)
class Assert:
    """`assert test`."""

    line: int
    test: Expression


@dataclass(slots=True)
class Outer:
    """`global names` or `nonlocal names`, told apart by `kind`."""

    line: int
    kind: str
    names: list[str]


@dataclass(slots=True)
class If:
    """`if`; an `elif` is an If alone in `no`."""

    line: int
    test: Expression
    yes: list[Statement]
    no: list[Statement]


@dataclass(slots=True)
class For:
    """`for target in source`, async or not, with its `else` block."""

    line: int
    target: Expression
    source: Expression
    body: list[Statement]
    otherwise: list[Statement]


@dataclass(slots=True)
class While:
    """`while test`, with its `else` block."""

    line: int
    test: Expression
    body: list[Statement]
    otherwise: list[Statement]


@dataclass(slots=True)
class With:
    """`with value as target, ...`, async or not."""

    line: int
    items: list[tuple[Expression, Expression | None]]
    body: list[Statement]


@dataclass(slots=True)
class Handler:
    """`except type as name`."""

    type: Expression | None
    name: str
    body: list[Statement]


@dataclass(slots=True)
class Try:
    """`try` and its blocks."""

    line: int
    body: list[Statement]
    handlers: list[Handler]
    otherwise: list[Statement]
    finally_: list[Statement]


@dataclass(slots=True)
class Case:
    """One case of a match: `pattern` is an expression where it is a value, else None; `names` are bound by it."""

    pattern: Expression | None
    names: list[str]
    guard: Expression | None
    body: list[Statement]


@dataclass(slots=True)
class Match:
    """`match subject`."""

    line: int
    subject: Expression
    cases: list[Case]


@dataclass(slots=True)
class Import:
    """`import module as name`; `name` is "" without `as`."""

    line: int
    names: list[tuple[str, str]]


@dataclass(slots=True)
class ImportFrom:
    """`from module import name as name`; `level` counts the dots; a star is ("*", "")."""

    line: int
    module: str
    level: int
    names: list[tuple[str, str]]


@dataclass(slots=True)
class Function:
    """A `def`: `words` are all names, attributes and keywords that its body mentions, nested ones too.

    An attribute of `self` stands among them once more, as `self.name`; what was imported before under another name,
    under its own.
    """

    line: int
    name: str
    parameters: list[Parameter]
    body: list[Statement]
    decorators: list[Expression]
    is_generator: bool = False
    words: frozenset[str] = frozenset()


@dataclass(slots=True)
class Class:
    """A `class`: bases and keywords as call arguments; `words` as for a function."""

    line: int
    name: str
    bases: list[Argument]
    body: list[Statement]
    decorators: list[Expression]
    words: frozenset[str] = frozenset()


Statement: TypeAlias = (
    Assign
    | Augment
    | Evaluate
    | Return
    | Raise
    | Jump
    | Delete
    | Assert
    | Outer
    | If
    | For
    | While
    | With
    | Try
    | Match
    | Import
    | ImportFrom
    | Function
    | Class
)


@dataclass(slots=True)
class Summary:
    """All that is kept of a file.

    `borrowed` are the attributes that it takes from anything but the `self` of a method, and the names that stand in
    its strings.
    """

    path: str
    body: list[Statement] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    borrowed: frozenset[str] = frozenset()
