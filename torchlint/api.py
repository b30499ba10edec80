"""`torchlint.lint`: what the command line finds, as a list, for other programs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from torchlint.cli.baseline.applying import Baselines, against
from torchlint.cli.discovery import Found, discover, require_all
from torchlint.cli.failure import UsageError
from torchlint.cli.linting import Work
from torchlint.cli.linting import lint as lint_work
from torchlint.cli.options import Choice
from torchlint.finding import Finding, Severity
from torchlint.report.place import absolute

__all__ = ["Finding", "Severity", "UsageError", "lint"]

Place = str | os.PathLike[str]


def lint(
    paths: Place | Iterable[Place] = ".",
    *,
    text: str | bytes | None = None,
    select: str | Iterable[str] | None = None,
    extend_select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    rules: Place | Iterable[Place] = (),
    config: Place | None = None,
    isolated: bool = False,
    force_exclude: bool = False,
    baseline: Place | None = None,
    jobs: int = 1,
) -> list[Finding]:
    """What torchlint finds in files and folders, in the order of path, line, column and code.

    The keywords are the options of `torchlint check`: `select`, `extend_select` and `ignore` take codes, their
    beginnings and names of rules; `rules` are folders with rules of one's own, whose code is run; the configuration
    is found as ever, read from `config` alone, or not read at all (`isolated`); findings that `baseline`, or the
    configured one, knows are left out. `text` is what the one path holds where that is not as on the disk. More than
    one of `jobs` starts processes.

    No code of what is linted is imported or run. What cannot be read or parsed is a finding too. Raises
    `torchlint.UsageError` for a path that is not there, a word that names no rule and a wrong configuration.
    """
    places = _places(paths)
    if text is not None and len(places) != 1:
        raise UsageError("text is that of one path")
    choice = Choice.of(
        () if select is None else _words(select) or ("",),
        _words(extend_select),
        _words(ignore),
        folders=_places(rules),
        config=None if config is None else os.fspath(config),
        isolated=isolated,
    )
    stdin = None if text is None else (absolute(places[0]), text.encode() if isinstance(text, str) else text)
    if stdin is None:
        found = require_all(discover(places, choice.configurations, force_exclude=force_exclude))
    elif force_exclude and choice.configurations.of(stdin[0]).excludes(stdin[0]):
        return []
    else:
        found = Found()
    work = Work(found, choice.configurations, choice.selectors, choice.rules, jobs, stdin)
    baselines = Baselines(choice.configurations, named=None if baseline is None else absolute(os.fspath(baseline)))
    baselines.of_all(work.names().values())
    outcome = lint_work(work)
    return against(baselines, outcome.findings, outcome.texts, work)[0]


def _places(given: Place | Iterable[Place]) -> tuple[str, ...]:
    places = [given] if isinstance(given, (str, os.PathLike)) else given
    return tuple(os.fspath(place) for place in places)


def _words(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
