"""The report of a watched run: what was seen on all ranks, judged, joined and printed once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from torchlint.cli.baseline.applying import Baselines, against, summed_up
from torchlint.cli.baseline.comparison import Comparison
from torchlint.cli.joining import in_files, joined
from torchlint.cli.linting import Work, settle
from torchlint.cli.ranks import as_data, from_data, merged
from torchlint.cli.reporting import Material, Output, deliver, plural, summary
from torchlint.facts.fact import Fact
from torchlint.finding import Finding
from torchlint.judge import findings_about, judge
from torchlint.problem import Problem

if TYPE_CHECKING:
    from torchlint.live.ranks.exchange import Exchange
    from torchlint.live.session import Session

LIVE = "live"
IN_A_HURRY = 2.0
"""Seconds to wait for other ranks when a signal is about to end the process."""


@dataclass(slots=True)
class Report:
    """The report of a session, given once: at the end of the script, or before a signal ends the process.

    `source` is what the source eye found in the script's project. The script may change the folder it works in
    and the streams; the report keeps those that it found.
    """

    session: Session
    work: Work
    source: list[Finding]
    outputs: Sequence[Output]
    baselines: Baselines
    exchange: Exchange | None = None
    findings: list[Finding] = field(default_factory=list)
    _compared: list[Comparison] = field(default_factory=list)
    _silent: list[int] = field(default_factory=list)
    _folder: Path = field(default_factory=Path.cwd)
    _stream: IO[str] | None = field(default_factory=lambda: sys.stderr)
    _process: int = field(default_factory=os.getpid)
    _given: bool = False

    def deliver_at_once(self) -> None:
        """Deliver before a signal ends the process."""
        self.deliver(IN_A_HURRY)

    def deliver(self, patience: float | None = None) -> None:
        """Judge what was seen and print it; a process that the script forked off has nothing to say."""
        if self._given or os.getpid() != self._process:
            return
        self._given = True
        with _in_folder(self._folder):
            own = self._judged(self.session.facts)
            if self.exchange is None:
                self.findings = self._with_source(own)
            elif self.exchange.rank.number == 0:
                self.findings = self._with_source(self._of_all_ranks(self.exchange, own, patience))
            else:
                self.exchange.give(self._said(own))
                return
            self._print()

    def _judged(self, facts: list[Fact]) -> list[Finding]:
        from torchlint.live.text.pages import text_of

        seeing = [rule for rule in self.work.rules.values() if "L" in rule.rule.eyes]
        problems: list[Problem] = []
        found = judge(facts, seeing, LIVE, problems)
        return settle(self.work, found + findings_about(problems, self.work.rules), cache(text_of))

    def _said(self, findings: list[Finding]) -> dict[str, Any]:
        from torchlint.live.ranks import records

        return {"findings": as_data(findings), "records": records.as_data(self.session.rank_recorder)}

    def _of_all_ranks(self, exchange: Exchange, own: list[Finding], patience: float | None) -> list[Finding]:
        """The findings of every rank that left its own, and those that only a comparison of all ranks shows."""
        from torchlint.live.ranks.comparison import compared
        from torchlint.live.ranks.exchange import PATIENCE
        from torchlint.live.ranks.records import from_data as records_from

        said = {0: self._said(own), **exchange.gather(PATIENCE if patience is None else patience)}
        self._silent = sorted(set(range(exchange.rank.of)) - said.keys())
        records = [records_from(each["records"]) for each in said.values()]
        between = compared([each[0] for each in records], [each[1] for each in records]) if not self._silent else []
        by_rank = {rank: from_data(each["findings"]) for rank, each in said.items()}
        return merged({**by_rank, 0: [*own, *self._judged(between)]})

    def _with_source(self, live: list[Finding]) -> list[Finding]:
        return joined(in_files(self.source, _files_of_the_run()), live) if self.source else live

    def _print(self) -> None:
        from torchlint.live.text.pages import text_of

        self.findings, self._compared = against(self.baselines, self.findings, text_of, self.work)
        site = self.work.configurations.of_folder(self._folder).rule_pages
        material = Material(
            self.findings, text_of, self.work.rules, eyes=True, site=site, closing=tuple(self._closing_lines())
        )
        deliver(material, self.outputs, self._stream)

    def _closing_lines(self) -> Iterator[str]:
        """How many were found, and what a reader must know to read the report."""
        started, steps = self.session.children, self.session.steps
        if self.findings or steps:
            # Further lines of it are about options that a watched run does not have.
            found = summary(self.findings).partition("\n")[0]
            yield f"{found[:-1]} in {steps} {plural('step', steps)} of training."
        else:
            yield "The script ended without a single optimizer step: there was no training to judge."
        yield from summed_up(self._compared)
        if started:
            more = "one more process, which was" if started == 1 else f"{started} more processes, which were"
            yield f"It started {more} not watched: only a script's main process is."
        yield from (f"{note[:1].upper()}{note[1:]}." for note in self.session.not_probed)
        if self._silent:
            ranks = f"{plural('Rank', len(self._silent))} {', '.join(map(str, self._silent))}"
            yield f"{ranks} left no report here: what they saw, and what all ranks together would show, is not known."


def _files_of_the_run() -> frozenset[str]:
    """The real paths of the files whose code was loaded, the script's among them."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return frozenset(os.path.realpath(file) for file in files if isinstance(file, str))


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Work in a folder for a while, if it and the way back are still there."""
    try:
        before = Path.cwd()
        os.chdir(folder)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.chdir(before)
