"""From paths to facts: read the files, link them, run them on paper."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torchlint.facts.fact import Fact
from torchlint.problem import Problem
from torchlint.source.project import Project
from torchlint.source.screen import worth_parsing
from torchlint.source.syntax import Summary


@dataclass(slots=True)
class Examination:
    """What was found out: facts of the given files, problems with reading them, and their texts.

    `linked` are the files that were read too, because given ones import them.
    """

    facts: list[Fact]
    problems: list[Problem]
    texts: Callable[[str], str | None]
    linked: tuple[str, ...] = ()


def examine(paths: Sequence[str], *, jobs: int | None = None, stdin: tuple[str, bytes] | None = None) -> Examination:
    """Read these files and tell their facts; `stdin` is a file that is given as a name and its bytes."""
    # Summaries and values live to the end and hold few cycles: looking for those again and again is half the cost.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _examine(paths, jobs, stdin)
    finally:
        if collecting:
            gc.enable()


def _examine(paths: Sequence[str], jobs: int | None, stdin: tuple[str, bytes] | None) -> Examination:
    from torchlint.source.pool import read_all
    from torchlint.source.read import deep_recursion, read

    summaries: list[Summary] = []
    problems: list[Problem] = []
    worth = worth_parsing(paths)
    summaries += [Summary(path) for path in paths if path not in worth]
    outcomes = list(read_all([path for path in paths if path in worth], jobs=jobs))
    if stdin is not None:
        outcomes.append(read(*stdin))
    for outcome in outcomes:
        if isinstance(outcome, Summary):
            summaries.append(outcome)
        else:
            problems.append(outcome)
    project = Project(summaries, _load)
    with deep_recursion():
        facts, unfinished = _run(project)
    linked = tuple(module.path for module in project.modules.values() if not module.given)
    return Examination(facts, problems + unfinished, _texts(stdin), linked)


def _run(project: Project) -> tuple[list[Fact], list[Problem]]:
    if not any(module.summary.body for module in project.modules.values()):
        return [], []
    from torchlint.source.paper.run import run_project

    return run_project(project)


def _load(path: str) -> Summary | None:
    """Read a file that is imported but was not given."""
    from torchlint.source.read import read

    outcome = read(path)
    return outcome if isinstance(outcome, Summary) and outcome.body else None


def _texts(stdin: tuple[str, bytes] | None) -> Callable[[str], str | None]:
    from torchlint.source.text import UnreadableText, decode

    given = dict([stdin]) if stdin else {}

    def text(path: str) -> str | None:
        try:
            return decode(given[path] if path in given else Path(path).read_bytes())
        except (OSError, UnreadableText):
            return None

    return text
