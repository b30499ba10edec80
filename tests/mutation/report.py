"""Which faults the tests notice: `python -m tests.mutation.report [-f FUNCTION] [-l]`. It takes its time.

Each component of a join, each widening and each value at entry is replaced, one by one, and the quick tests are run.
"""

from __future__ import annotations

import argparse
from fnmatch import fnmatchcase
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import libcst  # noqa: F401  (imported once, for all processes)

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
    return Mutant(path, "", 0, "", "", (ROOT / path).read_text("utf-8"))


def main() -> int:
    """Print a line for each mutant and the share that was noticed; fail where that is too little."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-f", "--function", default="*", help="only mutants of the functions with this name")
    parser.add_argument("-s", "--stages", type=int, default=len(STAGES), help="run only so many stages of tests")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("-l", "--list", action="store_true", help="list the mutants and run nothing")
    given = parser.parse_args()
    chosen = [each for each in all_mutants() if fnmatchcase(each.function, given.function)]
    if given.list:
        print(*chosen, sep="\n")
        return 0
    survived = 0
    run = partial(run_tests, stages=STAGES[: given.stages])
    # Every mutant has a process of its own, forked from this one: nothing is written to the tree.
    with get_context("fork").Pool(given.jobs, maxtasksperchild=1) as pool:
        if not pool.apply(run, (unchanged(TARGETS[0].path),)).survived:
            print("the tests fail without any fault")
            return 2
        for verdict in pool.imap_unordered(run, chosen):
            survived += verdict.survived
            print(verdict, flush=True)
    noticed = len(chosen) - survived
    print(f"{noticed} of {len(chosen)} noticed, {noticed / max(len(chosen), 1):.1%}")
    return 0 if noticed >= ENOUGH * len(chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main())
