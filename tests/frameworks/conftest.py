"""Frameworks around torch really run under the live eye, in the environment that `.ci/run` builds for them."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..live.conftest import watch_run

ANY_TORCHVISION = Path(__file__).parent / "any_torchvision"
FRAMEWORKS = ("transformers", "peft", "lightning", "accelerate", "timm")

collect_ignore_glob = [] if all(map(find_spec, FRAMEWORKS)) else ["test_*.py"]

__all__ = ["watch_run"]


@pytest.fixture(autouse=True)
def _any_torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ANY_TORCHVISION), os.environ.get("PYTHONPATH", "")]))
