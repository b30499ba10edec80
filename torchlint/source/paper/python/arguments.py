"""What a call is given on paper: its arguments, with lists and dicts unpacked as far as they are known."""

from __future__ import annotations

from collections.abc import Mapping

from torchlint.source import syntax
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.values import Arguments, Many, Table, Value, may_be_unset, options
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import OPEN
from torchlint.source.paper.state.containers import items_of, table_of


def arguments_of(machine: Machine, expression: syntax.Call) -> Arguments:
    """Evaluate the arguments of a call; unpacked lists and dicts are spread where they are known."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    unpacked: list[Value] = []
    unknown = False
    for argument in expression.arguments:
        value = machine.evaluate(argument.value)
        match argument.keyword:
            case "":
                positional.append(value)
            case "*" if isinstance(value, Many):
                positional += items_of(machine.state, value)
            case "*":
                positional.append(value)
                unknown = True
            case "**":
                unpacked.append(value)
            case name:
                keywords[name] = value
    perhaps: frozenset[str] | None = None if unknown else frozenset()
    for value in unpacked:
        named, others = _unpacked(machine, value)
        keywords.update(named)
        perhaps = perhaps | others if perhaps is not None and others is not None else None
    return Arguments(tuple(positional), keywords, perhaps != frozenset(), perhaps)


def _unpacked(machine: Machine, value: Value) -> tuple[dict[str, Value], frozenset[str] | None]:
    """The keywords in an unpacked dict that are surely given, and those that may be; None where these may be any."""
    several = options(value)
    tables = [table_of(machine.state, each) for each in several if isinstance(each, Table)]
    if not tables or len(tables) < len(several):
        return {}, None
    sure = [_surely(items) for items in tables]
    named = {key: one_of(items[key] for items in sure) for key in sure[0] if all(key in items for items in sure)}
    keys = {key for items in tables for key in items}
    is_open = any(machine.state.get(OPEN, each.number) for each in several)
    if is_open or not all(isinstance(key, str) for key in keys):
        return named, None
    return named, frozenset(map(str, keys)) - named.keys()


def _surely(items: Mapping[object, Value]) -> dict[str, Value]:
    """What a dict surely holds under names."""
    return {key: item for key, item in items.items() if isinstance(key, str) and not may_be_unset(item)}
