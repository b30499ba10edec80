"""The state of the program on paper: what every cell holds now, forked where ways part and joined where they meet."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import reduce
from typing import Any, TypeVar

from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import UNSET, Value
from torchlint.source.paper.state.cell import Cell, Lifetime
from torchlint.source.paper.state.cells import ATTRIBUTE, LOCAL, REWRITTEN

T = TypeVar("T")
Key = tuple[Any, ...]
"""A cell, and the object (and the name in it) that it is asked of."""


class State:
    """A layer of state over its parent: what is set here hides what is set below."""

    __slots__ = ("known", "own", "parent", "root")

    def __init__(self, parent: State | None = None, own: dict[Key, Any] | None = None) -> None:
        self.parent = parent
        self.own: dict[Key, Any] = {} if own is None else own
        self.root: dict[Key, Any] = self.own if parent is None else parent.root
        # Most questions are about what stands in the lowest layer, or nowhere: those need no walk through the others.
        self.known: set[Key] = set() if parent is None or parent.parent is None else parent.known
        if own and parent is not None:
            self.known.update(own)

    def get(self, cell: Cell[T], *where: Hashable) -> T:
        """What a cell holds: its value at entry where no way has set it."""
        key = (cell, *where)
        if key in self.known:
            layer = self
            while layer.parent is not None:
                if key in layer.own:
                    held: T = layer.own[key]
                    return held
                layer = layer.parent
        lowest: T = self.root.get(key, cell.at_entry)
        return lowest

    def variable(self, frame: int, name: str) -> Value:
        """What a variable of a frame holds: asked for so often that it has a way of its own."""
        key = (LOCAL, frame, name)
        if key in self.known:
            layer = self
            while layer.parent is not None:
                if key in layer.own:
                    held: Value = layer.own[key]
                    return held
                layer = layer.parent
        lowest: Value = self.root.get(key, UNSET)
        return lowest

    def set(self, cell: Cell[T], value: T, *where: Hashable) -> None:
        """A cell holds something else from here on."""
        key = (cell, *where)
        self.own[key] = value
        self.known.add(key)

    def adopt(self, other: State) -> None:
        """Take over all that a layer upon this one holds."""
        self.own.update(other.own)
        self.known.update(other.own)

    def forget(self, cell: Cell[Any], number: int) -> None:
        """Drop what this layer holds in a cell about one object."""
        for key in [key for key in self.own if key[0] is cell and key[1] == number]:
            del self.own[key]

    def fork(self) -> State:
        """A way that may be taken from here."""
        return State(self)

    def since(self, base: State) -> State:
        """All that changed since a layer below, as one layer upon it."""
        if self.parent is base:
            return self
        layers: list[State] = []
        layer: State | None = self
        while layer is not None and layer is not base:
            layers.append(layer)
            layer = layer.parent
        own: dict[Key, Any] = {}
        for each in reversed(layers):
            own.update(each.own)
        return State(base, own)

    def absorb(self, ways: Sequence[State], parted: int, *, at_once: bool = False) -> None:
        """Go on with what is known when one of these ways, each a single layer upon this one, was taken.

        `parted` is the number of the youngest object from before they parted. Of a younger one, only the ways on
        which it was made tell anything: on the others there is no such object. Where the ways parted `at_once`, each
        younger object was made on one of them.
        """
        if len(ways) == 1:
            self.adopt(ways[0])
            return
        shared: dict[Key, list[State]] = {}
        for way in ways:
            for key, value in way.own.items():
                if at_once and len(key) > 1 and key[1] > parted:
                    self.own[key] = value
                else:
                    shared.setdefault(key, []).append(way)
            self.known.update(way.own)
        there = [] if at_once else self._objects_on(ways)
        for key, held_by in shared.items():
            cell: Cell[Any] = key[0]
            held = [way.held(key) for way in held_by]
            if len(held_by) < len(ways) and (len(key) == 1 or key[1] <= parted or self._is_missed(key, held_by, there)):
                held.append(self.get(cell, *key[1:]))
            self.own[key] = reduce(cell.join, held) if len(held) > 1 else held[0]

    def _objects_on(self, ways: Sequence[State]) -> list[tuple[State, frozenset[int]]]:
        """The objects of which something stands on each way."""
        here = frozenset(key[1] for key in self.own if len(key) > 1)
        return [(way, here.union(key[1] for key in way.own if len(key) > 1)) for way in ways]

    @staticmethod
    def _is_missed(key: Key, held_by: list[State], there: list[tuple[State, frozenset[int]]]) -> bool:
        """Whether a way has the object of a key, and says nothing of it."""
        return any(way not in held_by and key[1] in objects for way, objects in there)

    def held(self, key: Key) -> Any:
        """What this layer holds under a key, tensors as they are at its end."""
        value = self.own[key]
        return self.current(value) if key[0] is LOCAL or key[0] is ATTRIBUTE else value

    def current(self, value: Value) -> Value:
        """A tensor as it is now, after what was done to it in place; any other value as it is."""
        if isinstance(value, TensorValue):
            return self.get(REWRITTEN, value.number) or value
        return value

    def base(self) -> State:
        """The lowest layer, that outlives a program."""
        layer = self
        while layer.parent is not None:
            layer = layer.parent
        return layer

    def publish(self, since: int = 0) -> State:
        """The lowest layer, with what was found out about objects that outlives the program that found it.

        Of objects that are older than `since`, only what grows is kept.
        """
        base = self.base()
        for key, value in self.since(base).own.items():
            cell: Cell[Any] = key[0]
            if cell.lifetime is Lifetime.GROWING:
                base.own[key] = cell.join(base.own[key], value) if key in base.own else value
            elif cell.lifetime is Lifetime.LATEST and key[1] > since:
                base.own[key] = value
        return base
