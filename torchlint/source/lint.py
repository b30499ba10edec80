"""From paths to facts: read the files, link them, run them on paper."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from types import MappingProxyType

from torchlint.facts.fact import Fact
from torchlint.problem import Problem
from torchlint.source.examination import Examination, texts_of
from torchlint.source.paper.run import run_project
from torchlint.source.pool import Summaries, read_all
from torchlint.source.progress import Progress, Stretch, nothing, told
from torchlint.source.project import Project
from torchlint.source.read import deep_recursion, read
from torchlint.source.screen import worth_parsing
from torchlint.source.syntax import Summary

READING = 0.5
"""How much of the work is done, about, when all files are read."""
NOTHING: Mapping[str, bytes] = MappingProxyType({})


def examine(
    paths: Sequence[str],
    *,
    worth: Set[str] | None = None,
    jobs: int | None = None,
    given: Mapping[str, bytes] = NOTHING,
    progress: Progress = nothing,
    summaries: Summaries | None = None,
    about: Set[str] | None = None,
) -> Examination:
    """Read these files and tell their facts; `given` are the bytes of those that are not to be read from the disk.

    `worth` are the files that are worth parsing, where that was asked before. `progress` is told how much of the work
    is done, from 0 to 1. `summaries` keeps what was read for the next time. Where only facts `about` some of the files
    are wanted, the others are linked, and run only as far as those use them.
    """
    # Summaries and values live to the end and hold few cycles: looking for those again and again is half the cost.
    collecting = gc.isenabled()
    gc.disable()
    try:
        worth = worth_parsing(paths) if worth is None else worth
        return _examine(paths, worth, jobs, given, progress, summaries, about)
    finally:
        if collecting:
            gc.enable()


def _examine(
    paths: Sequence[str],
    worth: Set[str],
    jobs: int | None,
    given: Mapping[str, bytes],
    progress: Progress,
    known: Summaries | None,
    about: Set[str] | None,
) -> Examination:
    read_one, read_many = (read, read_all) if known is None else (known.read, known.read_all)
    summaries: list[Summary] = []
    problems: list[Problem] = []
    on_disk = [path for path in paths if path not in given]
    summaries += [Summary(path) for path in on_disk if path not in worth]
    to_read = [path for path in on_disk if path in worth]
    outcomes = list(told(read_many(to_read, jobs=jobs), len(to_read), Stretch(progress, 0.0, READING)))
    outcomes += [read_one(path, given[path]) for path in paths if path in given]
    for outcome in outcomes:
        if isinstance(outcome, Summary):
            summaries.append(outcome)
        else:
            problems.append(outcome)
    project = Project(summaries, partial(_load, read_one, given))
    with deep_recursion():
        facts, unfinished = _run(project, Stretch(progress, READING, 1.0), about)
    linked = tuple(module.path for module in project.modules.values() if not module.given)
    return Examination(facts, problems + unfinished, texts_of(given), linked)


def _run(project: Project, progress: Progress, about: Set[str] | None) -> tuple[list[Fact], list[Problem]]:
    if not any(module.summary.body for module in project.modules.values()):
        return [], []
    return run_project(project, progress, about)


def _load(
    read_one: Callable[[str, bytes | None], Summary | Problem], given: Mapping[str, bytes], path: str
) -> Summary | None:
    """Read a file that is imported but is not linted."""
    outcome = read_one(path, given.get(path))
    return outcome if isinstance(outcome, Summary) and outcome.body else None
