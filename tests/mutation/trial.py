"""The tests run over a mutant, in a process of its own: nothing is written to the tree."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import FrameType, ModuleType

import pytest
from hypothesis import Phase, settings

from .mutants import Mutant

SECONDS = 900
# Pytest rewrites assertions in all of a package that has a plugin for it, and would read the module without its fault.
OPTIONS = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--assert", "plain")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the stage whose tests noticed it, or -1 where none did."""

    mutant: Mutant
    stage: int
    seconds: float

    @property
    def survived(self) -> bool:
        return self.stage < 0

    def __str__(self) -> str:
        word = "survived" if self.survived else f"killed by stage {self.stage + 1}"
        return f"{word:<18} {self.seconds:5.0f} s  {self.mutant}"


class _Mutated(MetaPathFinder, Loader):
    """Gives the mutant where its module is imported."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self.name = Path(mutant.path).with_suffix("").as_posix().replace("/", ".")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=self._mutant.path) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.text, self._mutant.path, "exec"), module.__dict__)


def run_tests(mutant: Mutant, stages: Sequence[Sequence[str]]) -> Verdict:
    """Put the mutant in and run the tests stage by stage until one fails; to be called in a process of its own."""
    finder = _Mutated(mutant)
    assert finder.name not in sys.modules, f"{finder.name} is imported already"
    sys.meta_path.insert(0, finder)
    settings.register_profile("as found", phases=[Phase.generate])
    settings.load_profile("as found")  # An example that fails is enough: nobody reads it.
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(SECONDS)
    began = time.monotonic()
    with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
        stage = next((number for number, each in enumerate(stages) if _fails(each)), -1)
    return Verdict(mutant, stage, time.monotonic() - began)


def _fails(arguments: Sequence[str]) -> bool:
    return pytest.main([*OPTIONS, *arguments]) != pytest.ExitCode.OK


def _give_up(_: int, frame: FrameType | None) -> None:
    raise TimeoutError
