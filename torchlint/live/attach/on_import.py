"""Acts when the script has imported a module: torch, or one whose classes are to be watched.

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
def on_arrival(act: Callable[[], None]) -> Iterator[None]:
    """Act at once if torch is here already, else when it has been imported."""
    leave = look_out(TORCH, act)
    try:
        yield
    finally:
        leave()


def look_out(name: str, act: Callable[[], None]) -> Callable[[], None]:
    """Act at once if a module is here already, else when it has been imported; what is given back ends the wait."""
    if name in sys.modules:
        act()
        return lambda: None
    lookout = _Lookout(name, act)
    sys.meta_path.insert(0, lookout)
    return lookout.leave


class _Lookout(MetaPathFinder):
    """Stands before the finders, lets them find the module, and hands its loader on with one more thing to do."""

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
        """Stand no longer in the way."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
