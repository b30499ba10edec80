"""Which faults the tests notice: `python -m tests.mutation.report [-f FUNCTION] [-l]`. It takes its time.

Each component of a join, each widening and each value at entry is replaced, one by one, and the quick tests are run.
"""

from __future__ import annotations

import argparse
import ast
from fnmatch import fnmatchcase
from pathlib import Path

# Imported once, for all forks.
import hypothesis  # noqa: F401
import libcst  # noqa: F401

from .mutants import Mutant, mutants_of
from .targets import STAGES, TARGETS
from .trial import run_tests

ROOT = Path(__file__).parents[2]
ENOUGH = 0.95


def all_mutants() -> list[Mutant]:
    """The mutants of all targets."""
    return [
        mutant
        for target in TARGETS
        for mutant in mutants_of(target.path, (ROOT / target.path).read_text("utf-8"), target.functions)
    ]


def unchanged(path: str) -> Mutant:
    """A module without a fault."""
    return Mutant(path, "", 0, "", "", ast.parse((ROOT / path).read_text("utf-8")))


def main() -> int:
    """Print a line for each mutant and the share that was noticed; fail where that is too little."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-f", "--function", default="*", help="only mutants of the functions with this name")
    parser.add_argument("-s", "--stages", type=int, default=len(STAGES), help="run only so many stages of tests")
    parser.add_argument("-l", "--list", action="store_true", help="list the mutants and run nothing")
    given = parser.parse_args()
    chosen = [each for each in all_mutants() if fnmatchcase(each.function, given.function)]
    if given.list:
        print(*chosen, sep="\n")
        return 0
    sound = run_tests(unchanged(TARGETS[0].path), STAGES[: given.stages])
    if not sound.survived:
        print("the tests fail without any fault")
        return 2
    survived = 0
    for mutant in chosen:
        verdict = run_tests(mutant, STAGES[: given.stages])
        survived += verdict.survived
        print(verdict, flush=True)
    noticed = len(chosen) - survived
    print(f"{noticed} of {len(chosen)} noticed, {noticed / max(len(chosen), 1):.1%}")
    return 0 if noticed >= ENOUGH * len(chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main())
