"""Plants one bug at a time into healthy repositories, and counts how many of them are found.

By hand: `python -m tests.planted.plant FOLDER [--only CODE ...] [--update]`, where each folder in FOLDER is a
repository. Every operator is applied wherever it can be; a bug is found if its rule reports something that it did not
report before. `--update` writes `record.jsonl` anew for the repositories that were planted in: paths and lines alone,
never the code. What a reader thought of one that was missed is kept: "bug", or why it is none.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from torchlint.facts.fact import Fact
from torchlint.judge import judge
from torchlint.rule import LoadedRule, load_rules
from torchlint.source.paper.run import run_project
from torchlint.source.project import Module, Project
from torchlint.source.read import deep_recursion, read
from torchlint.source.screen import worth_parsing
from torchlint.source.syntax import Summary

from .edits import Script
from .operators import OPERATORS, Operator

RECORD = Path(__file__).parent / "record.jsonl"
IN_ONE_FILE, IN_ONE_REPOSITORY = 2, 5
"""How many bugs of one operator are planted at most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A bug that was planted: whether it was found, and what a reader thought of one that was not."""

    repository: str
    path: str
    line: int
    code: str
    operator: str
    found: bool
    verdict: str = "unread"

    @property
    def place(self) -> tuple[str, str, int, str]:
        """What tells one from another."""
        return self.repository, self.path, self.line, self.operator


class Imports(Project):
    """A project that keeps which file imports which."""

    def __init__(self, summaries: list[Summary]) -> None:
        super().__init__(summaries, lambda path: None)
        self.pairs: set[tuple[str, str]] = set()

    def find(self, dotted: str, level: int, importer: Module) -> Module | None:
        """The module that is meant, as every project says it."""
        found = super().find(dotted, level, importer)
        if found is not None:
            self.pairs.add((importer.path, found.path))
        return found


class Repository:
    """The files of a repository, read once: only the one that a bug is planted in is read again."""

    def __init__(self, folder: Path, rules: dict[str, LoadedRule]) -> None:
        self.folder = folder
        self._rules = rules
        paths = sorted(file.as_posix() for file in folder.rglob("*.py") if file.is_file())
        outcomes = {path: read(path) for path in worth_parsing(paths)}
        self._summaries = {path: each for path, each in outcomes.items() if isinstance(each, Summary)}
        self._imports = Imports(list(self._summaries.values()))
        with deep_recursion():
            run_project(self._imports)
        self._before: dict[frozenset[str], list[Fact]] = {}

    @property
    def files(self) -> Iterator[Path]:
        """The files with something to check."""
        yield from map(Path, sorted(self._summaries))

    def finds(self, code: str, file: Path, text: str) -> bool:
        """Whether a rule reports more places when a file has this text."""
        changed = read(file.as_posix(), text.encode())
        if not isinstance(changed, Summary):
            raise SyntaxError(f"{file}: {changed.message}")
        program = self._program(file.as_posix())
        if program not in self._before:
            self._before[program] = self._facts({path: self._summaries[path] for path in program})
        lines = text.count("\n") - file.read_text("utf-8").count("\n")
        summaries = {path: self._summaries[path] for path in program} | {file.as_posix(): changed}
        found = self._found(code, self._facts(summaries))
        before = self._found(code, self._before[program])
        shifted = {(path, line + shift) for path, line in before for shift in {0, lines}}
        return bool(found - shifted)

    def _program(self, path: str) -> frozenset[str]:
        """The files that import one, over others as well, and all that these import: the rest changes nothing."""
        importing = _reached({path}, {(second, first) for first, second in self._imports.pairs})
        return frozenset(_reached(importing, self._imports.pairs) & self._summaries.keys())

    def _facts(self, summaries: dict[str, Summary]) -> list[Fact]:
        with deep_recursion():
            facts, _ = run_project(Project(list(summaries.values()), lambda path: None))
        return facts

    def _found(self, code: str, facts: list[Fact]) -> set[tuple[str, int]]:
        return {(each.site.file, each.site.line) for each in judge(facts, [self._rules[code]])}


def _reached(start: set[str], pairs: set[tuple[str, str]]) -> set[str]:
    """Where one comes to from a start, by these pairs of places."""
    reached, ahead = set(start), list(start)
    while ahead:
        here = ahead.pop()
        for first, second in pairs:
            if first == here and second not in reached:
                reached.add(second)
                ahead.append(second)
    return reached


def plant(repository: Repository, only: set[str]) -> Iterator[Outcome]:
    """Plant every bug in every file of a repository, one at a time."""
    planted: Counter[str] = Counter()
    for file in repository.files:
        try:
            script = Script(file.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for code, operators in OPERATORS.items():
            for operator in operators if not only or code in only else ():
                left = IN_ONE_REPOSITORY - planted[operator.__name__]
                for outcome in islice(_by(operator, code, script, repository, file), left):
                    planted[operator.__name__] += 1
                    yield outcome


def _by(operator: Operator, code: str, script: Script, repository: Repository, file: Path) -> Iterator[Outcome]:
    path = file.relative_to(repository.folder).as_posix()
    for planted in list(operator(script))[:IN_ONE_FILE]:
        try:
            found = repository.finds(code, file, script.edited(planted.edits))
        except SyntaxError as error:
            print(f"not planted: {operator.__name__} in {path}:{planted.line}: {error}", file=sys.stderr)
            continue
        yield Outcome(repository.folder.name, path, planted.line, code, operator.__name__, found)


def recorded() -> list[Outcome]:
    """What was planted before."""
    lines = RECORD.read_text("utf-8").splitlines() if RECORD.exists() else []
    return [Outcome(**json.loads(line)) for line in lines]


def main() -> None:
    """Plant, print the bugs that were missed and the shares, and write the record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds one folder for each repository")
    parser.add_argument("--only", nargs="*", default=[], metavar="CODE", help="plant the bugs of these rules alone")
    parser.add_argument("--repositories", nargs="*", default=[], help="plant in these alone")
    parser.add_argument("--update", action="store_true", help="write the record")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)
    rules = load_rules()
    known = {each.place: each.verdict for each in recorded()}
    outcomes: list[Outcome] = []
    for folder in sorted(each for each in options.folder.iterdir() if each.is_dir()):
        if options.repositories and folder.name not in options.repositories:
            continue
        for each in plant(Repository(folder, rules), set(options.only)):
            verdict = known.get(each.place, "unread") if not each.found else "bug"
            outcomes.append(Outcome(**{**asdict(each), "verdict": verdict}))
            if not each.found and verdict in ("unread", "bug"):
                print(
                    f"missed {each.code} {each.repository}/{each.path}:{each.line} {each.operator} ({verdict})",
                    flush=True,
                )
    _report(outcomes)
    if options.update:
        planted = {each.repository for each in outcomes}
        kept = [each for each in recorded() if each.repository not in planted]
        every = sorted([*kept, *outcomes], key=lambda each: (each.repository, each.path, each.code, each.line))
        RECORD.write_text("".join(json.dumps(asdict(each)) + "\n" for each in every), "utf-8")


def _report(outcomes: list[Outcome]) -> None:
    bugs = [each for each in outcomes if each.found or each.verdict in ("unread", "bug")]
    found, planted = Counter(each.code for each in bugs if each.found), Counter(each.code for each in bugs)
    for code in sorted(planted):
        print(f"{code}  {found[code]:4d} of {planted[code]:4d}")
    share = 100 * found.total() / max(planted.total(), 1)
    print(f"all    {found.total():4d} of {planted.total():4d}, {share:.1f}%")
    print(f"{len(outcomes) - len(bugs)} more were read as no bugs")


if __name__ == "__main__":
    main()
