"""What is linted: an open document as one types, with the project around it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torchlint.cli.baseline.applying import Baselines, against
from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import LEFT_OUT, Found, discover
from torchlint.cli.fixing import Fixer
from torchlint.cli.linting import Outcome, Work, lint
from torchlint.cli.rulebook import installed_rules
from torchlint.finding import Finding
from torchlint.selection import Rules, Selectors
from torchlint.server.document import Document, Linted
from torchlint.server.worker import Task
from torchlint.source.pool import Summaries
from torchlint.source.screen import Screened, importing
from torchlint.source.text import UnreadableText

MOST_FILES = 3000
"""Of a folder with more files, the open ones are linted by themselves: no project is as large."""
Documents = Sequence[Document]


@dataclass(slots=True)
class Workspace:
    """The folders that are open in the editor; their files, and what was read of them, are kept between keystrokes."""

    folders: tuple[str, ...] = ()
    rules: Rules = field(default_factory=installed_rules)
    _summaries: Summaries = field(default_factory=Summaries)
    _configurations: Configurations | None = None
    _files: dict[str, list[str]] = field(default_factory=dict)

    def lint_document(self, document: Document, documents: Documents, task: Task) -> Linted:
        """The findings in one document; of the project only what uses it is run."""
        work = self._work([document], documents, task)
        return self._linted([document], lint(work), work)[document.uri]

    def lint_project(self, documents: Documents, task: Task) -> dict[str, Linted]:
        """The findings in all open documents of each project, whose files are looked for anew."""
        self.forget()
        found: dict[str, Linted] = {}
        for folder in dict.fromkeys(self.folder_of(each.path) for each in documents):
            if folder is not None:
                group = [each for each in documents if self.folder_of(each.path) == folder]
                work = self._work(group, documents, task, whole=True)
                found |= self._linted(group, lint(work), work)
        return found

    def fix(self, document: Document, documents: Documents, task: Task) -> bytes | None:
        """The bytes of a document after all its safe fixes; None where there is nothing to fix."""
        work = self._work([document], documents, task)

        def new(outcome: Outcome) -> Sequence[Finding]:
            return self._new(outcome, work)

        return Fixer.of(work, new, unsafe=False).run().after.get(document.real_path)

    def forget(self) -> None:
        """Look for files and configurations anew the next time; what was read is kept by its bytes."""
        self._configurations = None
        self._files.clear()

    def tidy(self) -> None:
        """Free what linting left behind, which it keeps out of the collector's sight."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def rule_pages(self, path: str) -> str | None:
        """Where the configuration of a file says that the pages of the rules are."""
        return self._configuration_files().of(path).rule_pages

    def folder_of(self, path: str) -> str | None:
        """The innermost open folder that a file lies in."""
        around = [folder for folder in self.folders if Path(path).is_relative_to(folder)]
        return max(around, key=len, default=None)

    def _configuration_files(self) -> Configurations:
        if self._configurations is None:
            self._configurations = Configurations(self.rules)
        return self._configurations

    def _work(self, linted: Documents, documents: Documents, task: Task, *, whole: bool = False) -> Work:
        configurations = self._configuration_files()
        files = [each.path for each in linted if not self._is_left_out(each.path, configurations)]
        beside = self._project(linted[0].path, configurations)
        edited = {each.real_path: each.data() for each in documents}
        edited = {path: data for path, data in edited.items() if data != _bytes(path)}
        about = None if whole else self._users(map(os.path.realpath, files), [*files, *beside], edited)
        found = Found(files=files, beside=beside)
        return Work(
            found,
            configurations,
            Selectors(),
            self.rules,
            edited=edited,
            progress=task,
            summaries=self._summaries,
            about=about,
        )

    def _project(self, path: str, configurations: Configurations) -> list[str]:
        """The files of the folder around one."""
        folder = self.folder_of(path)
        if folder is None:
            return []
        if folder not in self._files:
            files = discover((folder,), configurations).files
            self._files[folder] = files if len(files) <= MOST_FILES else []
        return self._files[folder]

    def _users(self, paths: Iterable[str], files: Iterable[str], edited: Mapping[str, bytes]) -> set[str]:
        """The files that use some, and these: what happens there is told only by running them."""
        screened: dict[str, Screened] = {}
        for path in map(os.path.realpath, files):
            data = edited[path] if path in edited else _bytes(path)
            try:
                if data is not None:
                    screened[path] = self._summaries.screened(path, data)
            except UnreadableText:
                continue
        return importing(paths, screened)

    def _is_left_out(self, path: str, configurations: Configurations) -> bool:
        """Whether the command line would pass a file over in its folder."""
        configuration = configurations.of(path)
        excluded = configuration.excludes(path)
        if excluded is not None:
            return excluded
        inside = Path(path).relative_to(self.folder_of(path) or configuration.folder.anchor)
        return not LEFT_OUT.isdisjoint(inside.parts)

    def _linted(self, documents: Documents, outcome: Outcome, work: Work) -> dict[str, Linted]:
        findings = self._new(outcome, work)
        versions = {each.uri: each.version for each in documents}
        return {
            each.uri: Linted(
                versions[each.uri], tuple(one for one in findings if one.site.file == each.path), outcome.texts
            )
            for each in documents
        }

    def _new(self, outcome: Outcome, work: Work) -> list[Finding]:
        """The findings that no baseline knows."""
        return against(Baselines(work.configurations), outcome.findings, outcome.texts, work)[0]


def _bytes(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError):
        return None
