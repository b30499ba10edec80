"""Every fix that the fixtures get: it parses, mends what it is for, and makes nothing worse.

`plain.fixed.py` beside `plain.py` is what all fixes make of it, unsafe ones too. With TORCHLINT_UPDATE_FIXED=1 these
files are written anew: read what has changed in them.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import Found
from torchlint.cli.fixing import Fixed, Fixer
from torchlint.cli.linting import Work
from torchlint.rule import LoadedRule, load_rules
from torchlint.selection import Selectors

FIXTURES = Path(__file__).parent.parent / "fixtures"
GOLDEN = ".fixed.py"
FOLDERS = sorted({file.parent for file in FIXTURES.rglob("*.py")})
UNFIXED = {
    # The sum over an inner loop that it then uses is not divided, which is the next mistake.
    ("step/unscaled_accumulation/plain_inner_loop.py", 72, "TL205"),
    # Once it is an `__init__`, what it lacks is `super().__init__()`.
    ("model/misspelled_method/across_functions.py", 18, "TL115"),
}
"""Findings whose fixes are rightly taken back."""
SEED = "TL603"
"""Few fixtures are seeded, and only its own are to be: it would stand in every golden file."""
INDENTATION = re.compile("^ +")
GOLDENS = sorted(FIXTURES.rglob(f"*{GOLDEN}"))
UPDATE = os.environ.get("TORCHLINT_UPDATE_FIXED")


@pytest.fixture(scope="module")
def rules() -> dict[str, LoadedRule]:
    return load_rules()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_the_fixes_of_a_folder(folder: Path, rules: dict[str, LoadedRule]) -> None:
    files = [file for file in sorted(folder.glob("*.py")) if not file.name.endswith(GOLDEN)]
    fixed = fixer_of(files, rules).run()
    left = [
        (Path(each.site.file).relative_to(FIXTURES).as_posix(), each.site.line, each.code)
        for each in fixed.outcome.findings
        if each.patch is not None
    ]
    left = [each for each in left if each not in UNFIXED]
    assert not left, f"fixes that mend nothing or make it worse: {left}"
    for path, data in fixed.after.items():
        ast.parse(data, path)
    for file in files:
        compare(file, fixed)


def test_every_rule_with_a_fix_shows_it(rules: dict[str, LoadedRule]) -> None:
    promised = {rule.rule.name.replace("-", "_") for rule in rules.values() if rule.rule.fix != "-"}
    shown = {golden.parent.name for golden in GOLDENS}
    assert promised <= shown, f"without a {GOLDEN}: {sorted(promised - shown)}"


def compare(file: Path, fixed: Fixed) -> None:
    golden = file.with_suffix(GOLDEN)
    after = fixed.after.get(os.path.realpath(file))
    if UPDATE and after is not None and (golden.exists() or file.stem.startswith("plain")):
        golden.write_bytes(after)
    if golden.exists():
        assert after is not None, f"nothing is fixed in {file.name}"
        assert golden.read_bytes() == after


def fixer_of(files: list[Path], rules: dict[str, LoadedRule]) -> Fixer:
    """A fixer of some files, linted together with every rule."""
    configurations = Configurations(rules, isolated=True)
    found = Found([file.as_posix() for file in files])
    seeds = any(f"want: {SEED}" in file.read_text(encoding="utf-8") for file in files)
    work = Work(found, configurations, Selectors(("ALL",), ignore=() if seeds else (SEED,)), rules, jobs=1)
    return Fixer.of(work, lambda outcome: outcome.findings, unsafe=True)


@pytest.mark.slow
@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.relative_to(FIXTURES).as_posix())
def test_line_ends_marks_and_tabs_stay(golden: Path, rules: dict[str, LoadedRule], tmp_path: Path) -> None:
    others = [file for file in golden.parent.glob("*.py") if not file.name.endswith(GOLDEN)]
    name = golden.name.removesuffix(GOLDEN) + ".py"
    files = []
    for other in others:
        files.append(tmp_path / other.name)
        files[-1].write_bytes(disguised(other.read_bytes()))
    fixed = fixer_of(files, rules).run()
    assert fixed.after[os.path.realpath(tmp_path / name)] == disguised(golden.read_bytes())


def disguised(data: bytes) -> bytes:
    """A script with a byte order mark, tabs for its indentation and Windows' line ends."""
    lines = [
        INDENTATION.sub(lambda blank: "\t" * (len(blank[0]) // 4) + blank[0][: len(blank[0]) % 4], line)
        for line in data.decode().split("\n")
    ]
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()
