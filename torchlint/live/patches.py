"""Attributes and functions changed for a while: what was there is put back exactly, in reverse order."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from torchlint.live.recoding import Recoding, can_be_recoded

_ABSENT = object()
_PUT_HERE = "__torchlint_patch__"


class Patches:
    """A pile of replacements, taken off from the top by `restore`."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._renamed: dict[int, tuple[object, object]] = {}
        self._replaced: list[tuple[Any, str, object]] = []
        self._recoded: list[Recoding] = []
        self._off = False

    def call_later(self, undo: Callable[[], None]) -> None:
        """Call this on the way back, such as `handle.remove`."""
        self._undo.append(undo)

    def replace(self, owner: Any, name: str, value: object) -> None:
        """Put a value in the place of an attribute of a module, a class or an object."""
        before = vars(owner).get(name, _ABSENT)
        if isinstance(value, FunctionType):
            setattr(value, _PUT_HERE, (self, before))
        setattr(owner, name, value)
        self._replaced.append((owner, name, before))
        self._undo.append(lambda: self._put_back(owner, name, value, before))

    def wrap(self, owner: Any, name: str, make: Callable[[Any], FunctionType], *, everywhere: bool = False) -> None:
        """Put what `make` makes of an attribute in its place; one that this torch lacks is left out.

        With `everywhere`, the names under which other modules imported it lead to the replacement too. A Python
        function of a module stays the same object: its code leads to what `make` makes of it.
        """
        original = getattr(owner, name, None)
        if original is None:
            return
        if isinstance(owner, ModuleType) and can_be_recoded(original):
            self._recode(original, make)
            return
        replacement = make(original)
        self.replace(owner, name, replacement)
        if everywhere:
            self._renamed[id(original)] = (original, replacement)

    def _recode(self, function: FunctionType, make: Callable[[Any], FunctionType]) -> None:
        recoding = Recoding.of(function)
        if recoding not in self._recoded:
            recoding.add(self, make)
            self._recoded.append(recoding)
            self._undo.append(lambda: recoding.remove(self))

    def rename(self) -> None:
        """Let the names in all modules that mean a wrapped function lead to its replacement."""
        _rebind(self._renamed)
        back = {id(new): (new, old) for old, new in self._renamed.values()}
        # Names that were imported while the replacement stood are found by looking once more.
        self._undo.append(lambda: _rebind(back))

    @contextmanager
    def taken_off(self) -> Iterator[None]:
        """The originals stand while this is open."""
        stood = [(owner, name, vars(owner).get(name, _ABSENT)) for owner, name, _ in self._replaced]
        for owner, name, before in reversed(self._replaced):
            _put(owner, name, _original(before))
        _rebind({id(new): (new, old) for old, new in self._renamed.values()})
        for recoding in self._recoded:
            recoding.off()
        try:
            yield
        finally:
            for recoding in self._recoded:
                recoding.on()
            _rebind(self._renamed)
            for owner, name, value in stood:
                _put(owner, name, value)

    def restore(self) -> None:
        """Put everything back. What fails does not keep the rest from being put back."""
        self._off = True
        failures: list[Exception] = []
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as failure:
                failures.append(failure)
        self._renamed.clear()
        if failures:
            raise failures[0]

    def _put_back(self, owner: Any, name: str, value: object, before: object) -> None:
        if vars(owner).get(name, _ABSENT) is not value:
            return  # Someone has put something over it since, and puts back what `_standing` finds.
        _put(owner, name, _standing(before))


def _put(owner: Any, name: str, value: object) -> None:
    if value is not _ABSENT:
        setattr(owner, name, value)
    elif name in vars(owner):
        delattr(owner, name)


def _standing(value: object) -> object:
    """What is to be put back: not a replacement whose own pile has been taken off in the meantime."""
    while isinstance(value, FunctionType) and hasattr(value, _PUT_HERE):
        pile, before = getattr(value, _PUT_HERE)
        if not pile._off:
            break
        value = before
    return value


def _original(value: object) -> object:
    """What stood before all replacements."""
    while isinstance(value, FunctionType) and hasattr(value, _PUT_HERE):
        value = getattr(value, _PUT_HERE)[1]
    return value


def _rebind(renamed: dict[int, tuple[object, object]]) -> None:
    for module in list(sys.modules.values()):
        if not isinstance(module, ModuleType):
            continue
        names = vars(module)
        for name, value in list(names.items()):
            found = renamed.get(id(value))
            if found is not None and found[0] is value:
                names[name] = _standing(found[1])
