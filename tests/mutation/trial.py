"""The tests run over a mutant, in a process of its own: nothing is written to the tree."""

from __future__ import annotations

import ast
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

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
        self._name = Path(mutant.path).with_suffix("").as_posix().replace("/", ".")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=self._mutant.path) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(ast.unparse(self._mutant.tree), self._mutant.path, "exec"), module.__dict__)


def run_tests(mutant: Mutant, stages: Sequence[Sequence[str]]) -> Verdict:
    """Fork, put the mutant in, and run the tests stage by stage until one fails."""
    loaded = _Mutated(mutant)._name
    assert loaded not in sys.modules, f"{loaded} is imported already"
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _silently(lambda: _stage_that_fails(mutant, stages))
    _, status = os.waitpid(child, 0)
    noticed = os.waitstatus_to_exitcode(status)
    stage = -1 if noticed == 0 else noticed - 1 if noticed > 0 else len(stages)
    return Verdict(mutant, stage, time.monotonic() - began)


def _stage_that_fails(mutant: Mutant, stages: Sequence[Sequence[str]]) -> int:
    sys.meta_path.insert(0, _Mutated(mutant))
    for number, arguments in enumerate(stages):
        code = pytest.main([*OPTIONS, *arguments])
        if code != pytest.ExitCode.OK:
            return number + 1
    return 0


def _silently(work: Callable[[], int]) -> None:
    """Do the work in this process, which ends with its result, or past its time."""
    signal.alarm(SECONDS)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    code = 1
    try:
        code = work()
    finally:
        os._exit(code)
