"""What the rewritings change, as a table and a list: `python -m tests.metamorphic.report [FOLDER] [-o TITLE]`.

Without a folder it is about the fixtures. Every folder below that holds scripts is linted as one project.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from .comparison import NOTHING, Folder, Outcome
from .edits import Rewriting
from .rewritings import BOTH_BRANCHES, PERHAPS, SAME_PROGRAM

FIXTURES = Path(__file__).parents[2] / "fixtures"


def folders_below(root: Path) -> list[Folder]:
    """The folders that hold scripts."""
    return [Folder(root, path) for path in sorted({file.parent for file in root.rglob("*.py")})]


def outcomes(folder: Folder, rewritings: Iterable[type[Rewriting]]) -> list[Outcome]:
    """What each rewriting does to the scripts of a folder."""
    return [folder.compare(each, gained_alone=each in PERHAPS) for each in rewritings]


def table(totals: Iterable[tuple[type[Rewriting], Outcome]]) -> Iterator[str]:
    """A line for each rewriting."""
    yield f"{'rewriting':<42}{'places':>8}{'scripts':>9}{'unchanged':>11}{'share':>9}"
    for rewriting, outcome in totals:
        same = outcome.scripts - outcome.changed
        share = f"{same / outcome.scripts:.2%}" if outcome.scripts else "-"
        yield f"{rewriting.title:<42}{outcome.places:>8}{outcome.scripts:>9}{same:>11}{share:>9}"


def main() -> None:
    """Print the table, then the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURES)
    parser.add_argument("-o", "--only", action="append", help="a rewriting's title; may be given several times")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    given = parser.parse_args()
    rewritings = [
        each for each in (*SAME_PROGRAM, *BOTH_BRANCHES, *PERHAPS) if not given.only or each.title in given.only
    ]
    folders = folders_below(given.folder.resolve())
    work = partial(outcomes, rewritings=rewritings)
    if given.jobs > 1:
        with ProcessPoolExecutor(given.jobs) as pool:
            found = list(pool.map(work, folders, chunksize=4))
    else:
        found = list(map(work, folders))
    totals = [sum(each, NOTHING) for each in zip(*found, strict=True)]
    print("\n".join(table(zip(rewritings, totals, strict=True))))
    for each in totals:
        print(*sorted(each.differences), sep="\n")


if __name__ == "__main__":
    main()
