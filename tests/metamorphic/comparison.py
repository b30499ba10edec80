"""Findings of folders before and after a rewriting, by the lines of the original."""

from __future__ import annotations

import gc
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import libcst as cst

from torchlint.judge import judge
from torchlint.rule import LoadedRule, load_rules
from torchlint.source.lint import examine
from torchlint.source.position import locate

from .edits import Rewriting
from .tracking import mark_lines, mark_the_rest, origins

Places = frozenset[int]


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A finding that a rewriting made or took; `line` is of the original, 0 in what was put in."""

    rewriting: str
    path: str
    gained: bool
    code: str
    line: int

    def __str__(self) -> str:
        return f"{self.rewriting}  {self.path}:{self.line}  {'+' if self.gained else '-'}{self.code}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rewriting did to some scripts: its places, the scripts that have one, and what differs in these."""

    places: int
    scripts: int
    differences: tuple[Difference, ...]

    @property
    def changed(self) -> int:
        """How many scripts have a difference; one that several rewritings change counts for each."""
        return len({(each.rewriting, each.path) for each in self.differences})

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.places + other.places, self.scripts + other.scripts, self.differences + other.differences)


NOTHING = Outcome(0, 0, ())


@dataclass(frozen=True, slots=True)
class Folder:
    """Scripts that are linted together: their marked texts, by their paths below `root`."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def scripts(self) -> list[str]:
        """The paths of the scripts that can be read."""
        return list(_texts(self))

    def text(self, path: str) -> str:
        """A script with its marks."""
        return _texts(self)[path][0]

    def compare(self, rewriting: type[Rewriting], *, gained_alone: bool = False) -> Outcome:
        """Rewrite the scripts and lint them anew; with `gained_alone`, findings may go."""
        with _without_collection():
            return self._compare(rewriting, gained_alone)

    def _compare(self, rewriting: type[Rewriting], gained_alone: bool) -> Outcome:
        rewritten: dict[str, str] = {}
        places = 0
        texts = _texts(self)
        for path, (_, module) in texts.items():
            edit = rewriting()
            changed = edit.rewrite(module)
            if edit.places:
                rewritten[path] = mark_the_rest(changed.code)
                compile(rewritten[path], path, "exec", dont_inherit=True)
                places += edit.places
        if not rewritten:
            return NOTHING
        before = _findings(self)
        after = lint({path: rewritten.get(path, text) for path, (text, _) in texts.items()}, self.name)
        differences = [
            each
            for path in texts
            for each in _differences(rewriting.title, path, before.get(path, ()), after.get(path, ()))
            if each.gained or not gained_alone
        ]
        return Outcome(places, len(rewritten), tuple(differences))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Trees are many objects and hold no cycles: looking for these is a quarter of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


Found = tuple[str, Places]


def _differences(title: str, path: str, before: Sequence[Found], after: Sequence[Found]) -> Iterator[Difference]:
    for code, lines in after:
        if not any(code == other and lines & places for other, places in before):
            yield Difference(title, path, True, code, min(lines, default=0))
    for code, lines in before:
        if not any(code == other and lines & places for other, places in after):
            yield Difference(title, path, False, code, min(lines, default=0))


@cache
def _texts(folder: Folder) -> dict[str, tuple[str, cst.Module]]:
    """The scripts that can be read, marked and parsed."""
    found = {}
    for file in sorted(folder.path.glob("*.py")):
        if file.suffixes != [".py"]:  # What fixes make of one.
            continue
        try:
            with tokenize.open(file) as stream:
                text = mark_lines(stream.read().replace("\r\n", "\n"))
            compile(text, str(file), "exec", dont_inherit=True)
            found[file.relative_to(folder.root).as_posix()] = text, cst.parse_module(text)
        except (SyntaxError, tokenize.TokenError, UnicodeDecodeError, cst.ParserSyntaxError, ValueError):
            continue
    return found


@cache
def _findings(folder: Folder) -> Mapping[str, Sequence[Found]]:
    return lint({path: text for path, (text, _) in _texts(folder).items()}, folder.name)


@cache
def _rules() -> list[LoadedRule]:
    return [rule for rule in load_rules().values() if "S" in rule.rule.eyes]


def lint(texts: Mapping[str, str], name: str) -> dict[str, list[Found]]:
    """The findings in each of these scripts, linked as one project, with every rule of the source eye."""
    with TemporaryDirectory() as place:
        for path, text in texts.items():
            file = Path(place, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        paths = [Path(place, path).as_posix() for path in texts]
        examination = examine(paths, jobs=1)
        found = [each for each in judge(examination.facts, _rules()) if each.site.file in paths]
        places = locate((each.site for each in found), examination.texts)
    by_path: dict[str, list[Found]] = {path: [] for path in texts}
    rows = {path: text.split("\n") for path, text in texts.items()}
    for each in found:
        path = Path(each.site.file).relative_to(place).as_posix()
        by_path[path].append((each.code, origins(rows[path], places[each.site].line)))
    for problem in examination.problems:
        path = Path(problem.path).relative_to(place).as_posix()
        by_path[path].append((problem.code, frozenset({0})))
    return by_path
