"""Fixtures of the rules that both eyes judge are run, and the running script shows what its comments want.

The plain case and the Trainer class of each rule are run; with TORCHLINT_ALL_FIXTURES=1 in the environment every
script is. Epochs are cut to a few. A script that needs a package which is not installed is skipped and says so; where
a run shows less or more than the text, `DIFFERENT` says why. A new fixture belongs there only if no fact could tell.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from torchlint import live
from torchlint.rule import load_rules

from . import pictures

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures"
WANT = re.compile(r"#\s*want(?:\+(?P<later>\d+))?:\s*(?P<codes>TL\d{3}(?:\s*,\s*TL\d{3})*)")
NEEDED = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
EPOCHS = re.compile(r"(?<=range\()5(?=\))|(?<=epochs=)5\b|(?<=fit\()5(?=\))")
MANY_EPOCHS = re.compile(r"(?<=for epoch in range\()\d{2,}(?=\):)")

IN_SEVERAL_PROCESSES = "TL408"
BOTH = frozenset(
    code
    for code, rule in load_rules().items()
    if rule.rule.eyes == "SL" and rule.checks and code != IN_SEVERAL_PROCESSES
)
"""The rules for which both eyes must say the same."""

SEED = 2**40
"""A seed as torch draws one: that the test sets it is not a seed of the script's."""
ALONE = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
"""What a launcher of one process says."""

RAISES = "torch raises before the place is reached"
SHORT = "the run is too short to get there"
VALUE = "the run knows a value that the text does not"
CPU = "without an accelerator nothing is moved, and nothing is scaled"
CPU_BUILD = "it asks for CUDA or NCCL, which the build for the CPU has not"
OTHER_PROGRAM = "another program of the folder comes there without a seed"
NO_FILE = "it reads a file that is not there"
CHILD = "it trains in processes of its own, which are not watched"
UNCALLED = "nothing in the script calls the function"
UNDRAWN = "no loader draws through the pipeline"
OTHER_WAY = "the run takes the other branch"
NO_TRACE = "what has no graph leaves nothing in that of the sum"
BY_HAND = "no function of torch computes the loss"
NO_LOADER = "a run shows what it evaluates on by a loader"
ONE_RANK = "one process does not show what several would be given"
NO_OPTIMIZER = "a run shows which loader trains by the optimizer's steps"
DIFFERENT: dict[str, tuple[str, str]] = {
    "data/normalization_mismatch/across_files/predict.py": ("TL406", UNDRAWN),
    "data/normalization_mismatch/across_functions.py": ("TL406", UNDRAWN),
    "data/normalization_mismatch/impossible_constants.py": ("TL406", UNDRAWN),
    "data/evaluation_on_training_data/across_files/train.py": ("TL409", NO_FILE),
    "data/distributed_data_not_sharded/nor_shuffled.py": ("TL401", ONE_RANK),
    "data/missing_set_epoch/batches_of_samples.py": ("TL407", UNCALLED),
    "data/missing_set_epoch/endless.py": ("TL407", UNCALLED),
    "data/training_data_not_shuffled/endless.py": ("TL401", UNCALLED),
    "data/training_data_not_shuffled/generic_bases.py": ("TL401", NO_FILE),
    "data/training_data_not_shuffled/order_left_to_others.py": ("TL401", VALUE),
    "data/training_data_not_shuffled/updated_by_hand.py": ("TL401", NO_OPTIMIZER),
    "data/training_data_not_shuffled/unit_test/test_series.py": ("TL401", UNCALLED),
    "data/training_data_not_shuffled/unit_test/training_test.py": ("TL401", UNCALLED),
    "frameworks/fsdp/wrong.py": ("TL201 TL204 TL301", CPU_BUILD),
    "frameworks/gan/wrong.py": ("TL204 TL504", RAISES),
    "frameworks/pipeline_parallel/wrong.py": ("TL201 TL204", CPU_BUILD),
    "hygiene/missing_seed/across_files/seeded.py": ("TL603", OTHER_PROGRAM),
    "hygiene/missing_seed/only_numpy.py": ("TL603", CHILD),
    "loss/loss_shape_mismatch/written_by_hand.py": ("TL508", BY_HAND),
    "loss/missing_sigmoid/plain_case.py": ("TL504", RAISES),
    "loss/swapped_loss_arguments/made_targets.py": ("TL505", RAISES),
    "mode/train_mode_not_restored/every_few_batches.py": ("TL302", SHORT),
    "model/unregistered_parameter/across_files/train.py": ("TL102", RAISES),
    "model/unregistered_parameter/plain_case.py": ("TL102", CPU),
    "practices/slips_of_the_article/one_batch_given_to_train.py": ("TL410", RAISES),
    "mode/missing_eval_mode/one_batch_drawn.py": ("TL301 TL303", UNCALLED),
    "mode/missing_eval_mode/batches_drawn_by_a_function.py": ("TL301 TL303", NO_LOADER),
    "mode/missing_no_grad/asks_for_inputs.py": ("TL303", UNCALLED),
    "mode/missing_no_grad/by_number.py": ("TL303", UNCALLED),
    "mode/missing_no_grad/counts_through_data.py": ("TL303", UNCALLED),
    "data/missing_normalization/target_is_a_larger_image.py": ("TL403", UNCALLED),
    "mode/missing_no_grad/never_trains.py": ("TL303", NO_FILE),
    "mode/missing_no_grad/plays_episodes.py": ("TL303", UNCALLED),
    "mode/missing_no_grad/data_of_any_kind.py": ("TL303", UNCALLED),
    "mode/missing_no_grad/words_to_tensors.py": ("TL303", UNCALLED),
    "step/loss_kept_with_graph/abstract_method.py": ("TL212", UNCALLED),
    "step/loss_kept_with_graph/one_of_two_lists.py": ("TL212", UNCALLED),
    "step/loss_kept_with_graph/told_with_scores.py": ("TL212", UNCALLED),
    "step/best_weights_by_reference/model_is_a_parameter.py": ("TL221", UNCALLED),
    "step/clip_after_step/scaled.py": ("TL201", OTHER_WAY),
    "step/clip_before_backward/top_of_the_iteration.py": ("TL203", RAISES),
    "step/clip_before_unscale/older_spelling.py": ("TL208", CPU),
    "step/clip_before_unscale/trainer.py": ("TL208", UNCALLED),
    "step/loss_term_without_gradient/across_files/train.py": ("TL220", NO_TRACE),
    "step/missing_gradient_clipping/averaged_weights.py": ("TL202", UNCALLED),
    "step/missing_zero_grad/new_tensor_every_time.py": ("TL204", UNCALLED),
}
"""Scripts, the codes that may differ in them, and why."""


def scripts() -> Iterator[Path]:
    """The scripts to run; where a folder is one program, the one that starts it."""
    folders = {rule.rule.name.replace("-", "_") for code, rule in load_rules().items() if code in BOTH}
    for file in sorted(FIXTURES.rglob("*.py")):
        if file.suffixes != [".py"]:  # What fixes make of one.
            continue
        chosen = file.name.startswith(("plain", "trainer")) and file.parent.name in folders
        if chosen or (os.environ.get("TORCHLINT_ALL_FIXTURES") and not _is_imported(file)):
            yield file


def _is_imported(file: Path) -> bool:
    """Whether another script of the same folder starts the program that a file is part of."""
    return any(
        file in program(other) for other in file.parent.glob("*.py") if other != file and other.suffixes == [".py"]
    )


def program(file: Path) -> list[Path]:
    """A script and the files of its folder that it imports, directly or through each other."""
    found = [file]
    for each in found:
        names = NEEDED.findall(each.read_text("utf-8"))
        found += [part for name in names if (part := file.with_name(f"{name}.py")).exists() and part not in found]
    return found


@pytest.fixture
def started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A script with its folder to import from; what it imported from there is forgotten afterwards.

    What it writes goes into a folder of its own.
    """
    file: Path = request.param
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(file.parent))
    monkeypatch.setattr(sys, "argv", [str(file)])
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    before, threads = set(sys.modules), torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    yield file
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    torch.set_num_threads(threads)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(FIXTURES)):
            del sys.modules[name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "started", list(scripts()), ids=lambda file: file.relative_to(FIXTURES).as_posix(), indirect=True
)
def test_a_run_shows_what_the_comments_want(
    started: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = started.read_text("utf-8")
    imported = {name for file in program(started) for name in NEEDED.findall(file.read_text("utf-8"))}
    needed = {name for name in imported if importlib.util.find_spec(name) is None}
    if needed:
        pytest.skip(f"{', '.join(sorted(needed))} cannot be imported")
    if "torchvision" in imported:
        pictures.put_in(request.getfixturevalue("torchvision"), monkeypatch)
    rules = load_rules()
    wanted = {each for file in program(started) for each in wants(file)}
    codes = {code for code in BOTH if rules[code].rule.default or code in {code for _, _, code in wanted}}
    watch = live.watch(select=sorted(codes))
    with watch:
        end = run(started, text)
    assert watch.recorder.problems == []
    found = {(Path(each.site.file), each.site.line, each.code) for each in watch.findings}
    name = started.relative_to(FIXTURES).as_posix()
    excused = set(DIFFERENT[name][0].split()) if name in DIFFERENT else set()
    differences = [f"missing {_told(each)}" for each in sorted(wanted - found) if each[2] in codes - excused]
    differences += [f"unexpected {_told(each)}" for each in sorted(found - wanted) if each[2] not in excused]
    assert not differences, f"{differences} (the script ended with {end!r})"


def run(file: Path, text: str) -> BaseException | None:
    """Run a script with few epochs, as the program that it is; give what it raised."""
    code = compile(MANY_EPOCHS.sub("4", EPOCHS.sub("2", text)), str(file), "exec", dont_inherit=True)
    try:
        exec(code, {"__name__": "__main__", "__file__": str(file)})
    except (Exception, SystemExit) as error:
        return error
    return None


def wants(file: Path) -> Iterator[tuple[Path, int, str]]:
    """What the comments of a file say must be found."""
    with tokenize.open(file) as text:
        for token in tokenize.generate_tokens(text.readline):
            want = WANT.search(token.string) if token.type == tokenize.COMMENT else None
            if want is not None:
                for code in want["codes"].split(","):
                    yield file, token.start[0] + int(want["later"] or 0), code.strip()


def _told(found: tuple[Path, int, str]) -> str:
    return f"{found[0].name}:{found[1]} {found[2]}"
