"""Calls back when the script has imported a module: torch, or one whose classes get hooks.

Importing torch for it would come too early: a script may first say in its environment how torch is to start (the
number of threads, the devices), and must find torch as it asked for it. What a script never imports is not loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

TORCH = "torch"


@contextmanager
def when_torch_is_imported(act: Callable[[], None]) -> Iterator[None]:
    """Act at once if torch is imported already, else when it is."""
    leave = when_imported(TORCH, act)
    try:
        yield
    finally:
        leave()


def when_imported(name: str, act: Callable[[], None]) -> Callable[[], None]:
    """Act at once if a module is imported already, else when it is. Returns a function that cancels this."""
    if name in sys.modules:
        act()
        return lambda: None
    finder = _ImportFinder(name, act)
    sys.meta_path.insert(0, finder)
    return finder.leave


class _ImportFinder(MetaPathFinder):
    """An import finder that lets the others find the module, and makes its loader call back after loading it."""

    def __init__(self, name: str, act: Callable[[], None]) -> None:
        self._name = name
        self._act = act

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as if we were not here; everything else is not ours to find."""
        if name != self._name:
            return None
        self.leave()
        spec = find_spec(name)
        loader: Any = spec and spec.loader
        if loader is None:
            return None
        load = loader.exec_module

        def load_and_act(module: ModuleType) -> None:
            del loader.exec_module  # The loader's own method shows again.
            load(module)
            self._act()

        loader.exec_module = load_and_act
        return spec

    def leave(self) -> None:
        """Remove it from the finders."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
