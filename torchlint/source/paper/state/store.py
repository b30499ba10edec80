"""The state of the program on paper: what every variable, attribute and mode is now, forked at branches and joined."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from torchlint.facts.answer import Answer, Yes, join
from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import Value, either

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode that a model may be in: where it was switched, in which loops and under which conditions."""

    training: Answer
    site: Site | None = None
    loops: tuple[int, ...] = ()
    conditions: frozenset[tuple[str, bool]] = frozenset()


class Store:
    """A layer of state over its parent: what is set here hides what is set below."""

    __slots__ = ("known", "own", "parent", "root")

    def __init__(self, parent: Store | None = None, own: dict[Key, Any] | None = None) -> None:
        self.parent = parent
        self.own: dict[Key, Any] = {} if own is None else own
        self.root: dict[Key, Any] = self.own if parent is None else parent.root
        # Most questions are about what stands in the lowest layer, or nowhere: those need no walk through the others.
        self.known: set[Key] = set() if parent is None or parent.parent is None else parent.known
        if own and parent is not None:
            self.known.update(own)

    def get(self, key: Key) -> Any:
        """What is known under a key, or None."""
        if key in self.known:
            layer = self
            while layer.parent is not None:
                if key in layer.own:
                    return layer.own[key]
                layer = layer.parent
        return self.root.get(key)

    def set(self, key: Key, value: Any) -> None:
        """Remember something from here on."""
        self.own[key] = value
        self.known.add(key)

    def adopt(self, other: Store) -> None:
        """Take over all that a layer upon this one holds."""
        self.own.update(other.own)
        self.known.update(other.own)

    def fork(self) -> Store:
        """A way that may be taken from here."""
        return Store(self)

    def since(self, base: Store) -> Store:
        """All that changed since a layer below, as one layer upon it."""
        layers: list[Store] = []
        layer: Store | None = self
        while layer is not None and layer is not base:
            layers.append(layer)
            layer = layer.parent
        own: dict[Key, Any] = {}
        for each in reversed(layers):
            own.update(each.own)
        return Store(base, own)

    def absorb(self, ways: Sequence[Store]) -> None:
        """Go on with what is known when one of these ways, each a single layer upon this one, was taken."""
        if len(ways) == 1:
            self.adopt(ways[0])
            return
        for key in {key for way in ways for key in way.own}:
            before = self.get(key)
            held = [held for held in [way.own.get(key, before) for way in ways] if held is not None]
            self.set(key, _meet(held))
            if key[0] == "items" and len(held) > 1 and isinstance(held[0], tuple):
                self.adopt(Store(None, _left_out(held)))


def _meet(held: list[Any]) -> Any:
    first = held[0]
    if all(other is first for other in held):
        return first
    match first:
        case Answer():
            return join(held)
        case frozenset():
            return frozenset().union(*held)
        case tuple():
            return max(held, key=len)
        case dict():
            return _meet_tables(held)
        case Value():
            result = first
            for other in held[1:]:
                result = either(result, other)
            return result
    return first


def _left_out(held: list[tuple[tuple[Value, Site], ...]]) -> dict[Key, Answer]:
    """What some ways put into a list and others did not."""
    shortest = min(held, key=len)
    if all(entries is shortest for entries in held):
        return {}
    everywhere = set.intersection(*({value.number for value, _ in entries} for entries in held))
    return {
        ("perhaps", value.number): Yes for entries in held for value, _ in entries if value.number not in everywhere
    }


def _meet_tables(held: list[dict[Any, Value]]) -> dict[Any, Value]:
    result = dict(held[0])
    for table in held[1:]:
        for key, value in table.items():
            result[key] = either(result[key], value) if key in result else value
    return result
