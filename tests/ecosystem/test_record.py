"""What is found in packages is what a reader judged: a sample is linted again, and the record is whole.

The sample is downloaded from the package registry. Where that fails the test fails in CI, and is skipped elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from torchlint.rule import load_rules

from . import read

READINGS = read.recorded()
SECOND = [json.loads(line) for line in (read.HERE / "second_reading.jsonl").read_text("utf-8").splitlines()]
VERSIONS = dict(read.pinned())
PRECISION = 0.95

SAMPLE = (
    "accelerate",
    "catalyst",
    "pytorch-tabnet",
    "segmentation-models-pytorch",
    "stable-baselines3",
    "tianshou",
)
"""Small packages with findings of many rules, and one (stable-baselines3) without any."""


@pytest.mark.slow
@pytest.mark.parametrize("package", SAMPLE)
def test_a_package_is_linted_as_its_reader_found_it(package: str, tmp_path: Path) -> None:
    home = _download(package, tmp_path)
    assert read.files_with_torch(home)
    known = {reading.place for reading in READINGS if reading.package == package}
    found = {reading.place for reading in read.lint(package, home)}
    differences = [f"missing     {_told(each)}" for each in sorted(known - found)]
    differences += [f"unexpected  {_told(each)}" for each in sorted(found - known)]
    assert not differences, "\n" + "\n".join(differences)


def test_every_finding_was_read() -> None:
    assert [reading for reading in READINGS if reading.verdict not in ("true", "false", "unsure")] == []
    assert [reading for reading in READINGS if not reading.why] == []


def test_each_stands_once_and_names_a_rule_and_a_package() -> None:
    assert len(READINGS) == len({reading.place for reading in READINGS})
    assert {reading.code for reading in READINGS} <= load_rules().keys()
    assert {reading.package for reading in READINGS} <= VERSIONS.keys()


def test_nearly_all_of_them_are_true() -> None:
    true = sum(reading.verdict == "true" for reading in READINGS)
    false = sum(reading.verdict == "false" for reading in READINGS)
    assert true >= PRECISION * (true + false)


def test_the_second_reading_judges_each_place_once() -> None:
    places = [(each["repository"], each["path"], each["line"], each["code"]) for each in SECOND]
    assert len(places) == len(set(places))
    assert {each["verdict"] for each in SECOND} <= {"true", "arguable", "false", "missed"}
    assert {each["code"] for each in SECOND} <= load_rules().keys()
    assert all(each["why"] and each["commit"] for each in SECOND)


def _download(package: str, folder: Path) -> Path:
    """The code of a package at its pinned version."""
    try:
        return read.bring(package, VERSIONS[package], folder)
    except subprocess.CalledProcessError as failure:
        reason = f"{package}=={VERSIONS[package]} could not be downloaded: {failure.stderr.strip().splitlines()[-1]}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _told(place: tuple[str, str, int, str]) -> str:
    package, path, line, code = place
    return f"{package} {path}:{line} {code}"
