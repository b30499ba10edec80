"""What the text says of the call that built an object: its arguments, what the result is called, what is done with it.

`spots` are the calls that led to the object, the innermost last.
"""

from __future__ import annotations

import ast
from collections.abc import Container

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.site import Site
from torchlint.knowledge.arguments import Argument
from torchlint.knowledge.names import PARAMETER_WORDS, is_data_name
from torchlint.live.text.pages import Page, called, last_name, names_given, names_in
from torchlint.live.text.spots import Spot

Spots = tuple[Spot, ...]


def expression_of(spots: Spots, name: str, position: int) -> ast.expr | None:
    """The expression that stands for an argument, by keyword or by position, in the call that built an object."""
    call = spots[-1].node if spots else None
    if not isinstance(call, ast.Call):
        return None
    keywords = (each.value for each in call.keywords if each.arg == name)
    return next(keywords, call.args[position] if len(call.args) > position else None)


def names_of_argument(spots: Spots, argument: Argument) -> frozenset[str]:
    """The names in an argument."""
    given = expression_of(spots, argument.name, argument.position)
    return frozenset() if given is None else names_in(given)


def name_of_argument(spots: Spots, argument: Argument) -> frozenset[str]:
    """The variable or attribute that an argument is, if it is no more than that."""
    match expression_of(spots, argument.name, argument.position):
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return frozenset((name,))
    return frozenset()


def site_of_argument(spots: Spots, argument: Argument) -> Site | None:
    """The call that made an argument, in it or where the same function gave its name a value last."""
    call = _call(spots, expression_of(spots, argument.name, argument.position))
    return None if call is None else spots[-1].page.site(call)


def is_changed_argument(spots: Spots, argument: Argument) -> bool:
    """Whether some attribute of an argument is assigned in the same file."""
    given = expression_of(spots, argument.name, argument.position)
    return isinstance(given, ast.Name) and given.id in spots[-1].page.changed


def is_constant_argument(spots: Spots, name: str, position: int) -> bool:
    """Whether an argument is written as a number, and not computed."""
    return isinstance(expression_of(spots, name, position), ast.Constant)


def takes_length(spots: Spots, name: str, position: int) -> bool:
    """Whether an argument is made of the length of some data: it, what its names were given, or the callers gave."""
    node = expression_of(spots, name, position)
    return node is not None and _takes_length(spots, node)


def _takes_length(spots: Spots, node: ast.expr) -> bool:
    page = spots[-1].page
    read = [node, *_functions_named(page, node)]
    names = frozenset[str]().union(*(_read_in(each) for each in read))
    values = [
        each.value
        for each in page.statements
        if isinstance(each, ast.Assign) and any(last_name(to) in names for to in each.targets)
    ]
    if any(_is_length(inner) for each in (*read, *values) for inner in ast.walk(each)):
        return True
    given = [each for name in names if (each := _given_by_caller(spots, name)) is not None]
    return any(_takes_length(spots[:-1], each) for each in given)


def _is_length(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[counted]):
            return any(map(is_data_name, names_in(counted)))
    return False


def _read_in(node: ast.AST) -> frozenset[str]:
    """The names and attributes that are read in an expression or a function, but for what it is itself given."""
    nodes = list(ast.walk(node))
    read = {last_name(each) for each in nodes if isinstance(getattr(each, "ctx", None), ast.Load)}
    return frozenset(read) - {"", *(each.arg for each in nodes if isinstance(each, ast.arg))}


def _functions_named(page: Page, node: ast.expr) -> list[ast.AST]:
    """The functions of a file that an expression stands for by their name."""
    name = last_name(node)
    return [each for each in page.statements if isinstance(each, ast.FunctionDef) and each.name == name]


def _given_by_caller(spots: Spots, name: str) -> ast.expr | None:
    """What the call that led to a function gives for one of its parameters."""
    if len(spots) < 2:
        return None
    code = spots[-1].code
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if name not in parameters:
        return None
    is_method = parameters[0] in ("self", "cls")
    return expression_of(spots[:-1], name, parameters.index(name) - is_method)


def gives(spots: Spots, outer: Argument, inner: Argument) -> Answer:
    """Whether the call that made an argument, `outer`, was itself given another one; Unknown where `**` may give it."""
    call = _call(spots, expression_of(spots, outer.name, outer.position))
    if call is None or any(each.arg is None for each in call.keywords):
        return Unknown
    return Answer.of(any(each.arg == inner.name for each in call.keywords) or len(call.args) > inner.position)


def _call(spots: Spots, given: ast.expr | None) -> ast.Call | None:
    """The call that an argument is, or that the same function gave its name to last."""
    match given:
        case ast.Call():
            return given
        case ast.Name(id=name):
            value = spots[-1].page.value_of(name, given)
            return value if isinstance(value, ast.Call) else None
    return None


def calls_class(spots: Spots, kind: type) -> bool:
    """Whether the user's innermost call names the class of an object, or one of its bases."""
    node = spots[-1].node if spots else None
    return isinstance(node, ast.Call) and called(node) in {base.__name__ for base in kind.__mro__}


def names_of_result(spots: Spots) -> frozenset[str]:
    """What the value of the innermost call is called, here or where it is returned to."""
    for spot in reversed(spots):
        if spot.node is None:
            break
        names = names_given(spot.page, spot.node)
        if names:
            return names
        if not any(isinstance(parent, ast.Return) for parent, _ in spot.page.above(spot.node)):
            break
    return frozenset()


def takes_weights(spot: Spot) -> bool:
    """Whether the function around a call that builds a layer takes hold of the weights of the result."""
    function = None if spot.node is None else spot.page.function_around(spot.node)
    if spot.node is None or function is None:
        return False
    names = names_given(spot.page, spot.node)
    return any(_is_parameter_of(node, names) for node in ast.walk(function))


def _is_parameter_of(node: ast.AST, names: frozenset[str]) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=attribute):
            return name in names and attribute in PARAMETER_WORDS
    return False


def calls_one_of(spots: Spots, names: Container[str]) -> str | None:
    """Which of these the user's innermost call calls by its name."""
    node = spots[-1].node if spots else None
    name = called(node) if isinstance(node, ast.Call) else ""
    return name if name in names else None
