"""What torchlint finds in installed packages at pinned versions, held against a record of what a reader thought of it.

By hand: `python tests/ecosystem/read.py FOLDER [--only NAME ...] [--update]`. The packages of `packages.txt` are
brought into FOLDER from the registry where they are not there yet, linted, and compared with `record.jsonl`: what
appeared, what vanished, and how much of it is true. `--update` writes the record anew: a finding that was read
keeps its verdict, one that was not is "unread". Only the record is kept here, never the code. `test_record.py` does
the same with a sample of small packages.

`second_reading.jsonl` is the same for 104 repositories of training scripts that nobody had looked at before, at the
commits that it names: what was found there, each read in its place ("true", "arguable" or "false"), and what readers
of 35 of them had noted before they saw the findings and torchlint did not find ("missed"). Of TL105 and TL601, which
repeat themselves, it holds ten each. What was false or missed stays in it after it was mended, and says so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = HERE / "packages.txt"
RECORD = HERE / "record.jsonl"
UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Reading:
    """One finding and what its reader thought: `verdict` is "true", "false", "unsure" or "unread"."""

    package: str
    path: str
    line: int
    code: str
    verdict: str = UNREAD
    why: str = ""

    @property
    def place(self) -> tuple[str, str, int, str]:
        """What tells one finding from another."""
        return self.package, self.path, self.line, self.code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the packages are, or are brought to")
    parser.add_argument("--only", nargs="*", default=[], help="read these packages alone")
    parser.add_argument("--update", action="store_true", help="write the record")
    options = parser.parse_args()
    packages = {name: version for name, version in pinned() if not options.only or name in options.only}
    known = {reading.place: reading for reading in recorded()}
    found: dict[tuple[str, str, int, str], Reading] = {}
    files = 0
    for name, version in packages.items():
        home = bring(name, version, options.folder)
        files += len(files_with_torch(home))
        for reading in lint(name, home):
            found[reading.place] = known.get(reading.place, reading)
    gone = [reading for place, reading in known.items() if reading.package in packages and place not in found]
    tell("appeared", (reading for place, reading in found.items() if place not in known))
    tell("vanished", gone)
    print(f"{len(packages)} packages, {files} files that use torch")
    summarise(found.values())
    if options.update:
        elsewhere = [reading for reading in known.values() if reading.package not in packages]
        write(sorted([*elsewhere, *found.values()], key=lambda reading: reading.place))


def pinned() -> Iterator[tuple[str, str]]:
    """The packages to read, with their versions."""
    for line in PACKAGES.read_text("utf-8").split():
        name, _, version = line.partition("==")
        yield name, version


def recorded() -> list[Reading]:
    """The readings so far."""
    lines = RECORD.read_text("utf-8").splitlines() if RECORD.exists() else []
    return [Reading(**json.loads(line)) for line in lines]


def write(readings: Iterable[Reading]) -> None:
    RECORD.write_text("".join(json.dumps(asdict(reading)) + "\n" for reading in readings), "utf-8")


def bring(name: str, version: str, folder: Path) -> Path:
    """The folder with a package's code, unpacked from its wheel if it is not there yet."""
    home = folder / name
    if home.is_dir():
        return home
    with tempfile.TemporaryDirectory() as downloads:
        asked = [f"{name}=={version}", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"]
        command = [sys.executable, "-m", "pip", "download", *asked, "--dest", downloads, "--quiet"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        for wheel in Path(downloads).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(home)
    return home


def files_with_torch(home: Path) -> list[Path]:
    """The Python files that mention torch."""
    return [file for file in home.rglob("*.py") if b"torch" in file.read_bytes()]


def lint(name: str, home: Path) -> Iterator[Reading]:
    """What the rules that are on by default find in a package."""
    asked = ["--isolated", "--exit-zero", "--output-format", "json", "."]
    ran = subprocess.run([sys.executable, "-m", "torchlint", *asked], cwd=home, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{name}: torchlint ended with {ran.returncode}: {ran.stderr.strip()[-500:]}")
    for finding in json.loads(ran.stdout):
        path = Path(finding["filename"])
        inside = path.relative_to(home.resolve()) if path.is_absolute() else path
        yield Reading(name, inside.as_posix(), finding["location"]["row"], finding["code"])


def tell(what: str, readings: Iterable[Reading]) -> None:
    for reading in readings:
        print(f"{what}  {reading.package} {reading.path}:{reading.line} {reading.code} {reading.verdict}")


def summarise(readings: Iterable[Reading]) -> None:
    """Print how often each rule was right, by those who read."""
    by_rule: dict[str, Counter[str]] = {}
    for reading in readings:
        by_rule.setdefault(reading.code, Counter())[reading.verdict] += 1
    for code, verdicts in sorted(by_rule.items()):
        print(code, *(f"{verdict} {count}" for verdict, count in sorted(verdicts.items())))
    total = sum(by_rule.values(), Counter[str]())
    judged = total["true"] + total["false"]
    print(f"{total.total()} findings, {total['true']} of {judged} that were judged are true", end="")
    print(f" ({total['true'] / judged:.1%})" if judged else "")


if __name__ == "__main__":
    main()
