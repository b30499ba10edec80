"""torchvision as all tests import it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


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
