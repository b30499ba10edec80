"""What a fix is said to do, it does: a script and what its fix makes of it are both run, and show the effect."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import Found
from torchlint.cli.fixing import Fixer
from torchlint.cli.linting import Work
from torchlint.rule import load_rules
from torchlint.selection import Selectors

SEED = "torch.manual_seed(0)\n"
HEAD = f"""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
{SEED}"""
CLASSES = """
x = torch.randn(512, 8)
y = (x @ torch.randn(8, 3)).argmax(1)
loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)
"""
PAIRS = """
x = torch.randn(512, 8)
y = (x.sum(1, keepdim=True) > 0).float()
loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)
"""
TRAIN = """
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(8):
    for inputs, labels in loader:
        loss = {loss}
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def both(code: str, script: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the names of a script hold when it has run, as it is and as the fixes of one rule make it."""
    return run(HEAD + script), run(mended(code, HEAD + script, folder))


def mended(code: str, script: str, folder: Path) -> str:
    """A script as the fixes of one rule make it."""
    file = folder / "train.py"
    file.write_text(script, encoding="utf-8")
    rules = load_rules()
    work = Work(Found([file.as_posix()]), Configurations(rules, isolated=True), Selectors((code,)), rules, jobs=1)
    fixed = Fixer.of(work, lambda outcome: outcome.findings, unsafe=True).run()
    assert fixed.done and not fixed.outcome.findings
    return next(iter(fixed.after.values())).decode()


def run(script: str) -> dict[str, Any]:
    """What the names of a script hold at its end, or when it stopped with an `error`."""
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(script, "train.py", "exec"), names)
    except (RuntimeError, TypeError) as error:
        names["error"] = error
    return names


@pytest.mark.parametrize(
    ("code", "data", "model", "loss"),
    [
        (
            "TL501",
            CLASSES,
            "nn.Sequential(nn.Linear(8, 3), nn.Softmax(dim=1))",
            "F.cross_entropy(model(inputs), labels)",
        ),
        ("TL501", CLASSES, "nn.Linear(8, 3)", "F.cross_entropy(model(inputs).softmax(dim=1), labels)"),
        (
            "TL502",
            PAIRS,
            "nn.Linear(8, 1)",
            "F.binary_cross_entropy_with_logits(torch.sigmoid(model(inputs)), labels)",
        ),
    ],
)
def test_the_loss_comes_down_without_a_second_activation(
    code: str, data: str, model: str, loss: str, tmp_path: Path
) -> None:
    before, after = both(code, f"{data}model = {model}{TRAIN.format(loss=loss)}", tmp_path)
    assert after["loss"] < 0.5 * before["loss"]


@pytest.mark.parametrize("given", ["model(inputs)", "F.softmax(model(inputs), dim=1)"])
def test_log_probabilities_make_a_likelihood(given: str, tmp_path: Path) -> None:
    before, after = both(
        "TL503", f"{CLASSES}model = nn.Linear(8, 3){TRAIN.format(loss=f'F.nll_loss({given}, labels)')}", tmp_path
    )
    assert before["loss"] < 0 <= after["loss"] < 0.5


def test_scores_are_taken_by_the_loss_that_is_built_instead(tmp_path: Path) -> None:
    train = TRAIN.format(loss="criterion(model(inputs), labels)")
    script = f"{PAIRS}model = nn.Linear(8, 1)\ncriterion = nn.BCELoss(){train}"
    before, after = both("TL504", script, tmp_path)
    assert "error" in before and "error" not in after
    assert after["loss"] < 0.3


def test_swapped_arguments_put_right_train_the_model(tmp_path: Path) -> None:
    given = "F.binary_cross_entropy(labels, torch.sigmoid(model(inputs)))"
    before, after = both("TL505", f"{PAIRS}model = nn.Linear(8, 1){TRAIN.format(loss=given)}", tmp_path)
    assert "error" in before or before["loss"] > 1
    assert after["loss"] < 0.3


def test_the_logarithm_of_a_softmax_stays_finite(tmp_path: Path) -> None:
    script = """
model = nn.Linear(2, 2)
nn.init.constant_(model.weight, 0)
with torch.no_grad():
    model.weight[0] = 500
scores = model(torch.ones(1, 2))
logs = torch.log(F.softmax(scores, dim=1))
"""
    before, after = both("TL507", script, tmp_path)
    assert before["logs"].min() == -math.inf
    assert after["logs"].isfinite().all()


def test_scores_above_zero_are_hits(tmp_path: Path) -> None:
    loss = "F.binary_cross_entropy_with_logits(model(inputs), labels)"
    script = f"{PAIRS}model = nn.Linear(8, 1){TRAIN.format(loss=loss)}\npredicted = model(x) > 0.5\n"
    before, after = both("TL511", script, tmp_path)
    assert (after["predicted"] == (after["model"](after["x"]).sigmoid() > 0.5)).all()
    assert before["predicted"].sum() < after["predicted"].sum()


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
def test_a_divergence_is_divided_by_the_samples_alone(tmp_path: Path) -> None:
    script = """
model = nn.Linear(4, 50)
taught = torch.rand(32, 50).softmax(1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
loss = F.kl_div(F.log_softmax(model(torch.ones(32, 4)), dim=1), taught)
loss.backward()
optimizer.step()
"""
    before, after = both("TL512", script, tmp_path)
    assert after["loss"].item() == pytest.approx(50 * before["loss"].item(), rel=1e-4)


def test_a_dimension_is_moved_and_not_cut_anew(tmp_path: Path) -> None:
    script = """
model = nn.Conv2d(3, 5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
scores = model(torch.randn(2, 3, 4, 4))
batch, classes, height, width = scores.shape
rows = scores.view(-1, classes)
loss = F.cross_entropy(rows, torch.randint(0, 5, (32,)))
loss.backward()
optimizer.step()
"""
    before, after = both("TL513", script, tmp_path)
    assert not before["rows"][0].equal(before["scores"][0, :, 0, 0])
    assert after["rows"][0].equal(after["scores"][0, :, 0, 0])


def test_a_target_is_not_moved_by_the_loss(tmp_path: Path) -> None:
    script = """
value = nn.Linear(4, 1)
optimizer = torch.optim.SGD(value.parameters(), lr=0.1)
state, reward, later = torch.randn(8, 4), torch.randn(8, 1), torch.randn(8, 4)
for step in range(3):
    target = reward + 0.9 * value(later)
    loss = F.mse_loss(value(state), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    before, after = both("TL514", script, tmp_path)
    assert before["target"].requires_grad and not after["target"].requires_grad


def test_an_accuracy_is_a_share_of_the_samples(tmp_path: Path) -> None:
    script = f"""{CLASSES}
model = nn.Linear(8, 3).eval()
correct = 0
with torch.no_grad():
    for inputs, labels in loader:
        correct += (model(inputs).argmax(1) == labels).sum().item()
accuracy = correct / len(loader)
"""
    before, after = both("TL515", script, tmp_path)
    assert after["accuracy"] <= 1 < before["accuracy"]


@pytest.mark.parametrize(("code", "option"), [("TL402", "shuffle=True"), ("TL415", "drop_last=True")])
def test_an_evaluation_sees_all_samples_in_their_order(code: str, option: str, tmp_path: Path) -> None:
    script = f"""
rows = torch.arange(100.0).unsqueeze(1)
test_loader = DataLoader(TensorDataset(rows, torch.zeros(100, dtype=torch.long)), batch_size=32, {option})
model = nn.Linear(1, 2).eval()
seen, correct = [], 0
with torch.no_grad():
    for inputs, labels in test_loader:
        seen += inputs.flatten().tolist()
        correct += (model(inputs).argmax(1) == labels).sum().item()
"""
    before, after = both(code, script, tmp_path)
    assert before["seen"] != list(range(100))
    assert after["seen"] == list(range(100))


def test_a_variable_with_a_graph_is_cut_as_before(tmp_path: Path) -> None:
    script = """
from torch.autograd import Variable
model = nn.Linear(2, 2)
data = Variable(torch.ones(1, 2))
cut = Variable(model(data))
asked = Variable(torch.ones(2), requires_grad=True)
"""
    before, after = both("TL601", script, tmp_path)
    for name in ("data", "cut", "asked"):
        assert before[name].equal(after[name])
        assert before[name].requires_grad is after[name].requires_grad


def test_a_seed_makes_two_runs_the_same(tmp_path: Path) -> None:
    script = f"{CLASSES}model = nn.Linear(8, 3)\nfirst = model.weight.clone()\n{TRAIN}"
    unseeded = (HEAD + script.format(loss="F.cross_entropy(model(inputs), labels)")).replace(SEED, "")
    seeded = mended("TL603", unseeded, tmp_path)
    assert not run(unseeded)["first"].equal(run(unseeded)["first"])
    assert run(seeded)["first"].equal(run(seeded)["first"])
