"""Numbers among the arguments of what was built, and where they stand."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import Arguments, Literal


def number_given(arguments: Arguments, name: str, position: int) -> float | None:
    """The number that is given for an argument; None where none is, or where it is not known."""
    given = arguments.get(name, position)
    value = given.value if isinstance(given, Literal) else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def site_of_argument(call: Site, arguments: Arguments, name: str, position: int) -> Site | None:
    """The place of an argument of a call; None where it was not given one by one."""
    if name in arguments.keywords:
        position = len(arguments.positional) + list(arguments.keywords).index(name)
    elif position >= len(arguments.positional):
        return None
    return replace(call, argument=position)
