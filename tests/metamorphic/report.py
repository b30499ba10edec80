"""What the rewritings change, as a table and a list: `python -m tests.metamorphic.report [FOLDER] [-o TITLE]`.

Without a folder it is about the fixtures. Every folder below that holds scripts is linted as one project.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from .comparison import NOTHING, Difference, Folder, Outcome
from .edits import Rewriting
from .rewritings import GROUPS, PERHAPS

FIXTURES = Path(__file__).parents[2] / "fixtures"


def folders_below(root: Path) -> list[Folder]:
    """The folders that hold scripts."""
    return [Folder(root, path) for path in sorted({file.parent for file in root.rglob("*.py")})]


def outcome(folders: Sequence[Folder], rewriting: type[Rewriting]) -> Outcome:
    """What a rewriting does to the scripts of some folders."""
    return sum([each.compare(rewriting, gained_alone=rewriting in PERHAPS) for each in folders], NOTHING)


HEADER = f"{'rewriting':<42}{'places':>8}{'scripts':>9}{'unchanged':>11}{'share':>9}"


def row(title: str, outcome: Outcome) -> str:
    """A line of the table."""
    same = outcome.scripts - outcome.changed
    share = f"{same / outcome.scripts:.2%}" if outcome.scripts else "-"
    return f"{title:<42}{outcome.places:>8}{outcome.scripts:>9}{same:>11}{share:>9}"


def main() -> None:
    """Print the table, then the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURES)
    parser.add_argument("-o", "--only", action="append", help="a rewriting's title; may be given several times")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    given = parser.parse_args()
    folders = folders_below(given.folder.resolve())
    differences: list[Difference] = []
    print(HEADER)
    with ExitStack() as stack:
        # Each process has its own share of the folders, and reads these once.
        pools = [stack.enter_context(ProcessPoolExecutor(1)) for _ in range(given.jobs)]
        for group, rewritings in GROUPS.items():
            total = NOTHING
            for each in rewritings:
                if given.only and each.title not in given.only:
                    continue
                shares = [pool.submit(outcome, folders[n :: given.jobs], each) for n, pool in enumerate(pools)]
                found = sum([share.result() for share in shares], NOTHING)
                print(row(each.title, found), flush=True)
                differences += sorted(found.differences)
                total += found
            print(f"{group}: {1 - total.changed / max(total.scripts, 1):.3%} unchanged\n")
    print(*differences, sep="\n")


if __name__ == "__main__":
    main()
