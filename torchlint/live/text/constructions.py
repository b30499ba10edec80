"""What the text says of the call that built an object: its arguments, what the result is called, what is done with it.

`spots` are the calls that led to the object, the innermost last.
"""

from __future__ import annotations

import ast

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.site import Site
from torchlint.knowledge.arguments import Argument
from torchlint.knowledge.names import PARAMETER_WORDS
from torchlint.live.text.pages import called, names_given, names_in
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
    """Whether an argument, or what its names were given in the same file, takes the length of something."""
    node = expression_of(spots, name, position)
    if node is None:
        return False
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    values = [
        each.value
        for each in spots[-1].page.statements
        if isinstance(each, ast.Assign) and any(isinstance(to, ast.Name) and to.id in names for to in each.targets)
    ]
    return any(
        isinstance(inner, ast.Call) and called(inner) == "len" for each in (node, *values) for inner in ast.walk(each)
    )


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
