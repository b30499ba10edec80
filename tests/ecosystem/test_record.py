"""The record of what was found in packages is whole: read, reasoned, and right nearly always."""

from __future__ import annotations

import json
from pathlib import Path

from torchlint.rule import load_rules

HERE = Path(__file__).parent
READINGS = [json.loads(line) for line in (HERE / "record.jsonl").read_text("utf-8").splitlines()]
PACKAGES = {line.partition("==")[0] for line in (HERE / "packages.txt").read_text("utf-8").split()}
PRECISION = 0.95


def test_every_finding_was_read() -> None:
    unread = [reading for reading in READINGS if reading["verdict"] not in ("true", "false", "unsure")]
    assert unread == []
    assert [reading for reading in READINGS if not reading["why"]] == []


def test_each_stands_once_and_names_a_rule_and_a_package() -> None:
    places = [(each["package"], each["path"], each["line"], each["code"]) for each in READINGS]
    assert len(places) == len(set(places))
    assert {each["code"] for each in READINGS} <= load_rules().keys()
    assert {each["package"] for each in READINGS} <= PACKAGES


def test_nearly_all_of_them_are_true() -> None:
    true = sum(reading["verdict"] == "true" for reading in READINGS)
    false = sum(reading["verdict"] == "false" for reading in READINGS)
    assert true >= PRECISION * (true + false)
