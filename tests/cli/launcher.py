"""torchlint with a small stand-in for the source eye, so that the command line is tested by itself.

In a linted file, a line with the word `clip`, `clear` or `quiet` breaks a rule of that name, `broken` makes
the file one that does not parse, and `sleep` takes long. Runs as a program: `python launcher.py ARGUMENTS`.
"""

import re
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torchlint_rules.linting

from torchlint import rule as rule_module
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.finding import Related, Severity
from torchlint.problem import UNPARSED, UNREADABLE, Problem
from torchlint.rule import Check, LoadedRule, Rule, Violation
from torchlint.source import screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Fact):
    word: str
    first: Site


def rule_about(word: str, rule: Rule) -> LoadedRule:
    def check(fact: Word) -> Iterator[Violation]:
        if fact.word == word:
            related = (Related(fact.first, "the file begins here"),) if fact.first != fact.site else ()
            yield Violation(fact.site, f"This line has a {word}.", f"Write a line without {word}.", related)

    page = f"## What it finds\n\nA line with a {word}. More.\n\n## Source\n\nhttps://example.org/{word}.\n"
    return LoadedRule(rule, page, (Check(Word, check),))


def load_rules() -> dict[str, LoadedRule]:
    linting = [rule_module.load(module) for module in rule_module.rule_modules(torchlint_rules.linting)]
    rules = [
        rule_about("clip", Rule("TL201", "clip-after-step", Severity.ERROR)),
        rule_about("clear", Rule("TL204", "missing-zero-grad", Severity.WARNING)),
        rule_about("quiet", Rule("TL603", "missing-seed", Severity.ADVICE, default=False)),
        *linting,
    ]
    return {each.rule.code: each for each in rules}


@dataclass
class Examination:
    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    linked: tuple[str, ...] = ()

    def texts(self, path: str) -> str | None:
        return self.contents.get(path)


def examine(
    paths: list[str],
    *,
    worth: set[str],
    jobs: int | None = None,
    given: Mapping[str, bytes],
    progress: Callable[[float], None],
    summaries: None = None,
    about: None = None,
) -> Examination:
    found = Examination()
    for number, path in enumerate(paths):
        progress(number / len(paths))
        try:
            read(found, path, given[path] if path in given else Path(path).read_bytes())
        except OSError as error:
            message = f"This file cannot be read: {error.strerror}."
            found.problems.append(Problem(path, UNREADABLE, message))
    return found


def read(found: Examination, path: str, content: bytes) -> None:
    text = found.contents[path] = content.decode()
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.partition("#")[0]
        if "sleep" in code:
            print("asleep", file=sys.stderr, flush=True)
            time.sleep(60)
        if "broken" in code:
            problem = Problem(path, UNPARSED, "Does not parse.", number)
            found.problems.append(problem)
            continue
        for match in re.finditer("clip|clear|quiet", code):
            site = Site(path, number, match.start() + 1, number, match.end() + 1)
            found.facts.append(Word(site=site, word=match[0], first=Site(path, 1, 1, 1, 2)))


if __name__ == "__main__":
    # A shell ignores interrupts for what it runs in the background, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    source = types.ModuleType("torchlint.source.lint")
    source.examine = examine
    sys.modules["torchlint.source.lint"] = source
    screen.worth_parsing = lambda paths, *_: set(paths)
    rule_module.load_rules = load_rules

    from torchlint.cli.main import run

    run()
