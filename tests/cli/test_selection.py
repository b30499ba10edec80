"""`select` and `ignore` mean the same on the command line and where a run is watched: the narrower selector decides."""

import json
from pathlib import Path

import pytest

from torchlint.live.judging import chosen

from .conftest import Run

WORDS = {"TL201": "clip", "TL204": "clear", "TL603": "quiet"}
"""Rules that both command line (by its stand-in for the source eye) and live eye have."""


@pytest.mark.parametrize(
    ("select", "ignore", "on"),
    [
        (None, (), {"TL201", "TL204"}),
        (("TL201",), ("TL2",), {"TL201"}),
        (("TL2",), ("TL201",), {"TL204"}),
        (("TL2",), ("TL2",), set()),
        (("clip-after-step",), ("TL20",), {"TL201"}),
        (("TL20",), ("TL2",), {"TL201", "TL204"}),
        (("ALL",), ("TL2",), {"TL603"}),
        (("TL2",), ("ALL",), {"TL201", "TL204"}),
        (("TL201",), ("clip-after-step",), set()),
        (("TL201,TL603",), ("TL6",), {"TL201", "TL603"}),
        (None, ("TL2",), set()),
    ],
)
def test_both_entry_points_agree(
    tmp_path: Path, run: Run, select: tuple[str, ...] | None, ignore: tuple[str, ...], on: set[str]
) -> None:
    (tmp_path / "train.py").write_text("\n".join(WORDS.values()) + "\n")
    options = [f"--select={word}" for word in select or ()] + [f"--ignore={word}" for word in ignore]
    found = {each["code"] for each in json.loads(run("--output-format", "json", *options).stdout)}
    watched = {rule.rule.code for rule in chosen(select, ignore)} & WORDS.keys()
    assert (found, watched) == (on, on)


def test_an_empty_word_selects_nothing_and_is_refused() -> None:
    with pytest.raises(ValueError, match='"" names no rule'):
        chosen([""], ())


def test_a_string_is_one_selector() -> None:
    assert {rule.rule.code for rule in chosen("TL201", ())} & WORDS.keys() == {"TL201"}
