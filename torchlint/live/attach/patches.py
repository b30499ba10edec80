"""Monkey patches that can be undone: what was there is put back exactly, in reverse order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from torchlint.live.attach.code_replacement import CodeReplacement

_ABSENT = object()
_PUT_HERE = "__torchlint_patch__"


class Patches:
    """A stack of replacements that `restore` undoes from the top."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._replaced: list[tuple[Any, str, object]] = []
        self._code_replaced: list[CodeReplacement] = []
        self._off = False

    def call_later(self, undo: Callable[[], None]) -> None:
        """Call this when the patches are undone, such as `handle.remove`."""
        self._undo.append(undo)

    def replace(self, owner: Any, name: str, value: object) -> None:
        """Put a value in the place of an attribute of a module, a class or an object."""
        before = vars(owner).get(name, _ABSENT)
        if isinstance(value, FunctionType):
            setattr(value, _PUT_HERE, (self, before))
        setattr(owner, name, value)
        self._replaced.append((owner, name, before))
        self._undo.append(lambda: self._put_back(owner, name, value, before))

    def wrap(self, owner: Any, name: str, make: Callable[[Any], FunctionType]) -> None:
        """Put what `make` makes of an attribute in its place; one that this torch lacks is left out.

        A function of a module stays the same object: its code leads to what `make` makes of it. One that is not
        written in Python is left alone: compilers and pickles know it by its identity.
        """
        original = getattr(owner, name, None)
        if original is None:
            return
        if not isinstance(owner, ModuleType):
            self.replace(owner, name, make(original))
        elif isinstance(original, FunctionType):
            self._replace_code(original, make)

    def _replace_code(self, function: FunctionType, make: Callable[[Any], FunctionType]) -> None:
        replacement = CodeReplacement.of(function)
        if replacement not in self._code_replaced:
            replacement.add(self, make)
            self._code_replaced.append(replacement)
            self._undo.append(lambda: replacement.remove(self))

    @contextmanager
    def taken_off(self) -> Iterator[None]:
        """The originals are in place while this is open."""
        stood = [(owner, name, vars(owner).get(name, _ABSENT)) for owner, name, _ in self._replaced]
        for owner, name, before in reversed(self._replaced):
            _put(owner, name, _original(before))
        for replacement in self._code_replaced:
            replacement.off()
        try:
            yield
        finally:
            for replacement in self._code_replaced:
                replacement.on()
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
        if failures:
            raise failures[0]

    def _put_back(self, owner: Any, name: str, value: object, before: object) -> None:
        if vars(owner).get(name, _ABSENT) is not value:
            return  # Someone has put something over it since, and puts back what `_standing` finds.
        _put(owner, name, _still_in_place(before))


def _put(owner: Any, name: str, value: object) -> None:
    if value is not _ABSENT:
        setattr(owner, name, value)
    elif name in vars(owner):
        delattr(owner, name)


def _still_in_place(value: object) -> object:
    """What is to be put back: not a replacement whose own stack has been undone in the meantime."""
    while isinstance(value, FunctionType) and hasattr(value, _PUT_HERE):
        pile, before = getattr(value, _PUT_HERE)
        if not pile._off:
            break
        value = before
    return value


def _original(value: object) -> object:
    """What was there before all replacements."""
    while isinstance(value, FunctionType) and hasattr(value, _PUT_HERE):
        value = getattr(value, _PUT_HERE)[1]
    return value
