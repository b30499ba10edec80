"""The state of the program on paper: what every cell holds now, forked where ways part and joined where they meet."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import reduce
from typing import Any, TypeVar

from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.state.cell import Cell, Lifetime
from torchlint.source.paper.state.cells import ATTRIBUTE, LOCAL, REWRITTEN

T = TypeVar("T")
Key = tuple[Any, ...]
"""A cell, and the object (and the name in it) that it is asked of."""
_NOTHING: Any = object()


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
        found = self._find((cell, *where))
        return cell.at_entry if found is _NOTHING else found

    def _find(self, key: Key) -> Any:
        if key in self.known:
            layer = self
            while layer.parent is not None:
                if key in layer.own:
                    return layer.own[key]
                layer = layer.parent
        return self.root.get(key, _NOTHING)

    def set(self, cell: Cell[T], value: T, *where: Hashable) -> None:
        """A cell holds something else from here on."""
        key = (cell, *where)
        self.own[key] = value
        self.known.add(key)

    def adopt(self, other: State) -> None:
        """Take over all that a layer upon this one holds."""
        self.own.update(other.own)
        self.known.update(other.own)

    def fork(self) -> State:
        """A way that may be taken from here."""
        return State(self)

    def since(self, base: State) -> State:
        """All that changed since a layer below, as one layer upon it."""
        layers: list[State] = []
        layer: State | None = self
        while layer is not None and layer is not base:
            layers.append(layer)
            layer = layer.parent
        own: dict[Key, Any] = {}
        for each in reversed(layers):
            own.update(each.own)
        return State(base, own)

    def absorb(self, ways: Sequence[State], parted: int) -> None:
        """Go on with what is known when one of these ways, each a single layer upon this one, was taken.

        `parted` is the number of the youngest object from before they parted. Of a younger one, only the ways on
        which it was made tell anything: on the others there is no such object.
        """
        if len(ways) == 1:
            self.adopt(ways[0])
            return
        here = {key[1] for key in self.own if len(key) > 1}
        there = [here.union(key[1] for key in way.own if len(key) > 1) for way in ways]
        for key in {key: None for way in ways for key in way.own}:
            cell: Cell[Any] = key[0]
            held = [way.held(key) for way in ways if key in way.own]
            absent = [
                way
                for way, objects in zip(ways, there, strict=True)
                if key not in way.own and (len(key) == 1 or key[1] <= parted or key[1] in objects)
            ]
            if absent:
                held.append(self.get(cell, *key[1:]))
            self.set(cell, reduce(cell.join, held), *key[1:])

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
