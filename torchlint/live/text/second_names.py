"""Assignments that give a model another name, found by the call that updates it from itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torchlint.facts.site import Site
from torchlint.intent.copies import is_copy_by_name
from torchlint.live.text.pages import Page, last_name
from torchlint.live.text.spots import Spot


@dataclass(frozen=True, slots=True)
class Alias:
    """An assignment that gives what goes by the name of `model` another `name`."""

    site: Site
    model: str
    name: str


def alias_updated(spots: tuple[Spot, ...], pages: Iterable[Page]) -> Alias | None:
    """The one assignment that made two names out of the model whose weights are loaded where these calls lead."""
    named = _names_updated(spots)
    if len(named) < 2:
        return None
    known = [alias for page in pages for alias in _aliases(page) if alias.name in named]
    both = [alias for alias in known if alias.model in named]
    copies = [alias for alias in both or known if is_copy_by_name(alias.name)]
    sites = {alias.site: alias for alias in copies or both or known}
    return next(iter(sites.values())) if len(sites) == 1 else None


def _names_updated(spots: tuple[Spot, ...]) -> set[str]:
    """What the two models are called in `a.load_state_dict(b.state_dict())`; for arguments, what is given for them."""
    match spots[-1].node if spots else None:
        case ast.Call(
            func=ast.Attribute(value=into), args=[ast.Call(func=ast.Attribute(value=origin, attr="state_dict")), *_]
        ):
            return {name for each in (into, origin) if (name := _given_for(each, spots))}
    return set()


def _given_for(expression: ast.expr, spots: tuple[Spot, ...]) -> str:
    """The last name of an expression; of a parameter, that of what the caller gives."""
    name = last_name(expression)
    caller = spots[-2].node if len(spots) > 1 else None
    code = spots[-1].code
    given = code.co_varnames[: code.co_argcount]
    if not isinstance(expression, ast.Name) or name not in given or not isinstance(caller, ast.Call):
        return name
    place = given.index(name) - (given[:1] == ("self",))
    named = [last_name(each.value) for each in caller.keywords if each.arg == name]
    return next(iter(named), last_name(caller.args[place]) if place < len(caller.args) else name)


def _aliases(page: Page) -> Iterator[Alias]:
    for statement in page.statements:
        if isinstance(statement, ast.Assign) and (model := last_name(statement.value)):
            for target in statement.targets:
                name = last_name(target)
                if name and name != model:
                    yield Alias(page.site(statement), model, name)
