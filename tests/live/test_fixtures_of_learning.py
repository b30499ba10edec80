"""Scripts of rules that the live eye alone judges, run and watched: it finds what their comments say, and no more."""

from __future__ import annotations

import re
import runpy
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from torchlint.live.attach.patches import Patches
from torchlint.live.probing.first_batch import FirstBatchProbes
from torchlint.live.probing.overfit_run import OverfitRun
from torchlint.live.probing.pinned import PinnedBatches
from torchlint.live.probing.shifted_targets import ShiftedTargets
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder
from torchlint.live.watching import Watch
from torchlint.rule import load_rules

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures"
SEVERAL_PROCESSES = "ranks_drift_apart"
RULES = load_rules()
LIVE = {code: loaded.rule for code, loaded in RULES.items() if loaded.rule.eyes == "L" and loaded.checks}
FOLDERS = {rule.name.replace("-", "_") for rule in LIVE.values()} - {SEVERAL_PROCESSES}
ALL = (file for file in FIXTURES.rglob("*.py") if file.suffixes == [".py"])
SCRIPTS = sorted(file for file in ALL if not FOLDERS.isdisjoint(file.parts))
WANT = re.compile(r"#\s*want(?:\+(?P<later>\d+))?:\s*(?P<codes>TL\d{3}(?:\s*,\s*TL\d{3})*)")
OVERFIT = "cannot_overfit_one_batch"

Found = tuple[int, str]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.relative_to(FIXTURES).with_suffix("").as_posix())
def test_the_live_eye_finds_what_a_script_says(script: Path) -> None:
    wanted = {(line, code) for line, code in wants(script) if "L" in RULES[code].rule.eyes}
    found = run(script, {code for _, code in wanted})
    assert found == wanted


def run(script: Path, codes: set[str]) -> set[Found]:
    """Run a script with probes; those about overfitting with their loaders pinned."""
    patches = Patches()

    def also(recorder: Recorder) -> Iterator[Observer]:
        yield FirstBatchProbes(recorder)
        yield ShiftedTargets(recorder)
        if script.parent.name == OVERFIT:
            PinnedBatches(recorder).install(patches)
            yield OverfitRun(recorder)

    watch = Watch(every=1, also=also, select=[*LIVE, *codes])
    torch.set_num_threads(1)  # The models are tiny.
    state = torch.get_rng_state()
    try:
        with watch:
            runpy.run_path(str(script), run_name="__main__")
    finally:
        patches.restore()
        torch.set_rng_state(state)
    assert watch.recorder.problems == []
    optional = {"TL710"} - codes
    return {(each.site.line, each.code) for each in watch.findings if each.code not in optional}


def wants(script: Path) -> Iterator[Found]:
    with tokenize.open(script) as text:
        for token in tokenize.generate_tokens(text.readline):
            want = WANT.search(token.string) if token.type == tokenize.COMMENT else None
            for code in want["codes"].split(",") if want else ():
                yield token.start[0] + int(want["later"] or 0), code.strip()
