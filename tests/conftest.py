"""What all tests share: one thread for torch in each worker, and torchvision as all import it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """The workers of pytest-xdist share the cores, which torch in each would take for its own."""
    if hasattr(config, "workerinput"):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    """The torchvision that is installed, also one that was built for another torch: its transforms are Python.

    Such a build registers shapes for operators that it could not load; they are left out.
    """
    torch = pytest.importorskip("torch")
    register = torch.library.register_fake

    def register_what_is_there(name: str, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
        space, _, operator = name.partition("::")
        if space == "torchvision" and not hasattr(torch.ops.torchvision, operator):
            return lambda function: function
        registered: Callable[[Any], Any] = register(name, *arguments, **keywords)
        return registered

    torch.library.register_fake = register_what_is_there
    try:
        for name in ("torchvision.transforms.v2", "torchvision.datasets"):
            importlib.import_module(name)
        return importlib.import_module("torchvision")
    except ImportError as failure:
        pytest.skip(f"torchvision cannot be imported: {failure}")
    finally:
        torch.library.register_fake = register
