"""What the fixes make of real code: how many findings have one, and whether it mends them and nothing else.

By hand: `python tests/ecosystem/fixes.py FOLDER...`. Each folder is linted as one project and fixed in memory, unsafe
fixes too; nothing is written. Printed is, for each rule, how many findings there were, how many had a fix, how many
were fixed, and how many fixes were taken back, because the finding was still there or another one came. A fixed file
that does not parse any more ends the run.
"""

from __future__ import annotations

import argparse
import ast
import time
from collections import Counter
from pathlib import Path

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import discover
from torchlint.cli.fixing import Fixer
from torchlint.cli.linting import Work, lint
from torchlint.rule import load_rules
from torchlint.selection import Selectors
from torchlint.source.notebook import script_of

COLUMNS = ("findings", "with a fix", "fixed", "taken back")
Counts = dict[str, Counter[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    counts: Counts = {column: Counter() for column in COLUMNS}
    for folder in options.folders:
        started = time.perf_counter()
        fix(folder, counts, options.jobs)
        print(f"{folder.name}: {time.perf_counter() - started:.0f} s", flush=True)
    show(counts)


def fix(folder: Path, counts: Counts, jobs: int) -> None:
    """Fix one folder, and add up what became of its findings."""
    rules = load_rules()
    configurations = Configurations(rules, isolated=True)
    work = Work(discover((str(folder),), configurations), configurations, Selectors(), rules, jobs)
    found = lint(work).findings
    counts["findings"].update(each.code for each in found)
    counts["with a fix"].update(each.code for each in found if each.patch is not None)
    fixer = Fixer.of(work, lambda outcome: outcome.findings, unsafe=True)
    fixed = fixer.run()
    counts["fixed"].update(each.code for each in fixed.done)
    counts["taken back"].update(each.code for each in fixed.outcome.findings if each.patch is not None)
    for finding in fixed.outcome.findings:
        if finding.patch is not None:
            print(f"taken back: {finding.site.file}:{finding.site.line} {finding.code} {finding.patch.title}")
    for path, after in fixed.after.items():
        ast.parse(script_of(path, after), path)


def show(counts: Counts) -> None:
    """A table in markdown."""
    print(f"| rule | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    for code in sorted(counts["with a fix"]):
        print(f"| {code} | {' | '.join(str(counts[column][code]) for column in COLUMNS)} |")
    print(f"| all | {' | '.join(str(counts[column].total()) for column in COLUMNS)} |")


if __name__ == "__main__":
    main()
