"""A script rewritten so that it does the same has the same findings; where less is known of it, none is added.

A sixth of the fixtures is rewritten in every run of the tests, the others in those marked as slow.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from zlib import crc32

import pytest

from .comparison import Difference, Folder, lint
from .edits import Rewriting
from .expectations import known_differences, outdated, unexpected
from .report import FIXTURES, HEADER, folders_below, outcome, row
from .rewritings import GROUPS

ALL = [rewriting for group in GROUPS.values() for rewriting in group]
PARTS = 6
QUICK = 5


@cache
def folders(part: int) -> list[Folder]:
    """The folders of a part, which other folders that come do not change."""
    return [each for each in folders_below(FIXTURES) if crc32(each.name.encode()) % PARTS == part]


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[] if part == QUICK else [pytest.mark.slow]) for part in range(PARTS)]
)
@pytest.mark.parametrize("rewriting", ALL, ids=lambda each: each.title.replace(" ", "_"))
def test_findings_are_those_before_the_rewriting(rewriting: type[Rewriting], part: int) -> None:
    found = outcome(folders(part), rewriting)
    assert part != QUICK or found.places >= rewriting.at_least
    print(f"{HEADER}\n{row(rewriting.title, found)}")
    scripts = [path for folder in folders(part) for path in folder.scripts]
    listed = [
        each
        for each in known_differences()
        if each.rewriting == rewriting.title and any(fnmatchcase(path, each.path) for path in scripts)
    ]
    new = "\n".join(map(str, unexpected(found.differences, listed)))
    assert not new, f"not in known_differences.txt:\n{new}"
    old = "\n".join(map(str, outdated(found.differences, listed)))
    assert not old, f"in known_differences.txt, and no longer so:\n{old}"


def test_what_is_listed_names_a_rewriting_and_scripts() -> None:
    titles = {each.title for each in ALL}
    scripts = [path for part in range(PARTS) for folder in folders(part) for path in folder.scripts]
    for each in known_differences():
        assert each.rewriting in titles, f"no rewriting is called {each.rewriting}"
        assert any(fnmatchcase(path, each.path) for path in scripts), f"no script is called {each.path}"


def test_a_difference_is_expected_only_where_it_is_listed() -> None:
    listed = known_differences("# Why it is so,\n# and when.\nimports moved | data/*.py | -TL401\n")
    lost = Difference("imports moved", "data/plain.py", False, "TL401", 7)
    gained = Difference("imports moved", "data/plain.py", True, "TL401", 7)
    assert listed[0].reason == "Why it is so, and when."
    assert unexpected([lost, gained], listed) == [gained]
    assert outdated([gained], listed) == listed
    assert not outdated([lost], listed)


def test_a_finding_is_known_by_the_line_that_it_had() -> None:
    folder = next(each for each in folders_below(FIXTURES) if each.name == "step/missing_zero_grad")
    before = lint({path: folder.text(path) for path in folder.scripts}, folder.name)
    assert ("TL204", frozenset({37})) in before["step/missing_zero_grad/accumulation.py"]
