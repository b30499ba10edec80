"""Several processes under torchrun: one report by rank 0, with the ranks that saw each finding."""

import re
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import Subset, TensorDataset

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.ranks import Replicas
from torchlint.facts.site import Site
from torchlint.live.ranks import fingerprint
from torchlint.live.ranks.comparison import compared
from torchlint.live.ranks.exchange import Exchange
from torchlint.live.ranks.records import OptimizerRecord, Rank

from .conftest import WatchRun

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures" / "learning" / "ranks_drift_apart"
UNSHARDED = Path(__file__).parents[2] / "fixtures" / "data" / "distributed_data_not_sharded"
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
STEP, LOADER = Site("train.py", 9), Site("train.py", 3)


def test_ranks_that_drift_apart_are_reported_once_by_the_first(watch_run: WatchRun) -> None:
    done = watch_run(FIXTURES / "never_wrapped.py", launcher=TORCHRUN)
    assert done.places == [("TL711", "never_wrapped.py", 28)]
    evidence = done.findings[0]["evidence"]
    assert (done.findings[0]["eye"], evidence["step"], evidence["ranks"]) == ("live", 1, [0, 1])
    assert evidence["numbers"]["relative difference"] > 0
    assert "their gradients are not averaged" in done.findings[0]["message"]
    assert done.code != 0


def test_ranks_that_train_together_are_not_reported(watch_run: WatchRun) -> None:
    done = watch_run(FIXTURES / "wrapped.py", launcher=TORCHRUN)
    assert (done.findings, done.code) == ([], 0)


def test_findings_are_no_crash_to_the_launcher_where_they_are_not_to_fail(watch_run: WatchRun) -> None:
    script = FIXTURES / "never_wrapped.py"
    failing = watch_run(script, launcher=TORCHRUN)
    assert failing.code == 1 and "ChildFailedError" in failing.stderr
    done = watch_run(script, "--fail-on", "never", launcher=TORCHRUN)
    assert (done.code, done.places) == (0, failing.places) != (0, [])
    assert not re.search("Error|Traceback|failed", done.stderr), done.stderr


def test_a_loader_that_deals_nothing_out_is_found_when_the_ranks_hold_the_same_data(watch_run: WatchRun) -> None:
    done = watch_run(UNSHARDED / "plain_case.py", launcher=TORCHRUN)
    assert done.places == [("TL408", "plain_case.py", 11)]
    assert done.findings[0]["evidence"]["ranks"] == [0, 1]


def test_a_sampler_that_stays_at_its_epoch_is_found_on_every_rank(watch_run: WatchRun) -> None:
    done = watch_run(UNSHARDED.with_name("missing_set_epoch") / "plain_case.py", launcher=TORCHRUN)
    assert done.places == [("TL407", "plain_case.py", 16)]
    assert done.findings[0]["evidence"]["ranks"] == [0, 1]


def test_data_that_differs_between_ranks_is_told_from_the_same() -> None:
    data = torch.arange(512.0).reshape(256, 2)
    same, other = fingerprint.of_dataset(TensorDataset(data)), fingerprint.of_dataset(TensorDataset(data[1::2]))
    assert fingerprint.of_dataset(TensorDataset(data.clone())) == same != other
    parts = [Subset(TensorDataset(data), range(rank, 256, 2)) for rank in range(2)]
    assert len(set(map(fingerprint.of_dataset, parts))) == 2
    assert fingerprint.of_dataset(object()) == ""


def stepped(*digests: dict[str, list[float]], wrapped: bool = True, whole: bool = True) -> Replicas:
    """The optimizers of as many ranks, compared."""
    ranks = [[OptimizerRecord(STEP, ["weight"], [[2]], wrapped, whole, each)] for each in digests]
    (fact,) = compared(ranks, [[] for _ in ranks])
    assert isinstance(fact, Replicas)
    return fact


def test_equal_parameters_agree_and_others_do_not() -> None:
    start = {"0": [1.0, 2.0]}
    assert stepped({**start, "1": [1.5, 2.5]}, {**start, "1": [1.5, 2.5]}).agree is Yes
    apart = stepped({**start, "1": [1.5, 2.5]}, {**start, "1": [1.6, 2.5]})
    assert (apart.agree, apart.equal_at_first, apart.parameter) == (No, Yes, "weight")
    assert apart.evidence is not None and apart.evidence.step == 1
    assert stepped({"0": [0.0, 2.0], "1": [1.5, 2.5]}, {**start, "1": [1.6, 2.5]}).equal_at_first is No


def test_parameters_that_come_together_again_did_not_drift() -> None:
    one = {"0": [1.0, 2.0], "1": [1.1, 2.0], "2": [1.3, 2.0]}
    assert stepped(one, {**one, "1": [1.2, 2.0]}).agree is Unknown


def test_parts_of_one_model_are_no_replicas() -> None:
    one, other = {"0": [1.0, 2.0], "1": [1.1, 2.0]}, {"0": [3.0, 2.0], "1": [3.1, 2.0]}
    assert stepped(one, other, whole=False).replicated is Unknown
    assert stepped(one, other, wrapped=False).replicated is No


def test_a_value_that_is_not_finite_says_nothing() -> None:
    nan = float("nan")
    assert stepped({"0": [1.0, 2.0], "1": [nan, nan]}, {"0": [1.0, 2.0], "1": [1.0, 2.0]}).agree is Yes


def test_the_rank_is_what_the_launcher_says() -> None:
    assert Rank.from_environment({}) is None
    assert Rank.from_environment({"RANK": "0", "WORLD_SIZE": "1"}) is None
    assert Rank.from_environment({"RANK": "1", "WORLD_SIZE": "4"}) == Rank(1, 4, 4)
    assert Rank.from_environment({"RANK": "1", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2"}) == Rank(1, 4, 2)


def test_a_rank_that_leaves_nothing_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ranks = [Exchange(Rank(number, 3, 3), {"MASTER_PORT": "1"}) for number in range(3)]
    ranks[1].give({"findings": []})
    assert ranks[0].gather(patience=0.0) == {1: {"findings": []}}
    assert list(tmp_path.iterdir()) == []
