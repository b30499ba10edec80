"""Replaces the code of Python functions for a while, so that the functions stay the same objects.

A function that is replaced is another object under the same name: what kept the first one (a default argument, an
attribute of a model) can no longer be pickled, and what took the second one cannot be pickled afterwards. So the
function stays, and its code is exchanged.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

Make = Callable[[Any], FunctionType]
MARK = "__torchlint_recoding__"
_HERE = "the function that is called"


class CodeReplacement:
    """A function whose code calls the wrappers that were put around it, the last one outermost."""

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._code = function.__code__
        self._defaults = function.__defaults__, function.__kwdefaults__
        self._signature = function.__dict__.get("__signature__")
        self._layers: list[tuple[object, Make]] = []

    @staticmethod
    def of(function: FunctionType) -> CodeReplacement:
        """The replacement of a function; there is at most one."""
        found = getattr(function, MARK, None)
        return found if isinstance(found, CodeReplacement) else CodeReplacement(function)

    def add(self, owner: object, make: Make) -> None:
        """Put a wrapper around the function, in the name of an owner."""
        self._layers.append((owner, make))
        self._apply()

    def remove(self, owner: object) -> None:
        """Remove all wrappers of an owner."""
        self._layers = [layer for layer in self._layers if layer[0] is not owner]
        self._apply()

    def off(self) -> None:
        """Give the function its own code back; the wrappers are kept for `on`."""
        function = self._function
        function.__code__ = self._code
        function.__defaults__, function.__kwdefaults__ = self._defaults
        for name in (MARK, "__signature__"):
            function.__dict__.pop(name, None)
        if self._signature is not None:
            function.__signature__ = self._signature  # type: ignore[attr-defined]

    def on(self) -> None:
        """Put the wrappers in place again."""
        self._apply()

    def _apply(self) -> None:
        self.off()
        if not self._layers:
            return
        function = self._function
        signature = inspect.signature(function)
        result = self._twin()
        for _, make in self._layers:
            result = make(result)
        function.__code__ = _calling(result, self._code)
        function.__defaults__ = function.__kwdefaults__ = None
        function.__signature__ = signature  # type: ignore[attr-defined]
        function.__dict__[MARK] = self

    def _twin(self) -> FunctionType:
        """A copy of the function as it was."""
        function = self._function
        twin = FunctionType(
            self._code, function.__globals__, function.__name__, self._defaults[0], function.__closure__
        )
        twin.__kwdefaults__ = self._defaults[1]
        twin.__dict__.update(function.__dict__)
        twin.__module__, twin.__qualname__, twin.__doc__ = function.__module__, function.__qualname__, function.__doc__
        return twin


def _calling(function: FunctionType, instead_of: CodeType) -> CodeType:
    """Code that calls a function with all its arguments, and has the name and the place of the code that it replaces.

    It has the free variables of that code too, since it is run with the same closure.
    """
    free = instead_of.co_freevars
    text = f"lambda *_given, **_named: {_HERE!r}(*_given, **_named) if True else ({' '.join(f'{n},' for n in free)})"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # That a text cannot be called; it is taken out again.
        template = compile(f"def around({', '.join(free)}): return {text}", "", "exec")
    code = _innermost(template)
    return code.replace(
        co_consts=tuple(function if each == _HERE else each for each in code.co_consts),
        co_name=instead_of.co_name,
        co_filename=instead_of.co_filename,
        co_firstlineno=instead_of.co_firstlineno,
    )


def _innermost(code: CodeType) -> CodeType:
    inner = next((each for each in code.co_consts if isinstance(each, CodeType)), None)
    return code if inner is None else _innermost(inner)
