"""`--fix` and its options, end to end: what is written, what is only shown, and what is left alone."""

import json
import stat
from pathlib import Path

import pytest

from torchlint.cli.failure import UsageError
from torchlint.cli.rewriting import rewrite

HEAD = "import torch\nfrom torch import nn\nfrom torch.utils.data import DataLoader\n\n"
TAIL = """
model = nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for images, labels in loader:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
"""
SAFE = HEAD + "loader = DataLoader(torch.load('d.pt'), batch_size=4)\n" + TAIL
UNSAFE = (HEAD + "loader = DataLoader(torch.load('d.pt'), batch_size=4, shuffle=True)\n" + TAIL).replace(
    "    nn.functional.cross_entropy(model(images), labels).backward()\n",
    "    scores = torch.softmax(model(images), 1)\n    nn.functional.cross_entropy(scores, labels).backward()\n",
)


def test_fixes_are_written_and_counted(project, run):
    script = project / "train.py"
    script.write_text(SAFE)
    done = run("train.py", "--fix", real=True)
    assert script.read_text() == SAFE.replace("batch_size=4)", "batch_size=4, shuffle=True)")
    assert done.returncode == 0
    assert done.stdout == "Fixed 1 finding. Nothing is left.\n"


def test_a_finding_shows_its_fix_and_how_to_apply_it(project, run):
    (project / "train.py").write_text(SAFE)
    done = run("train.py", real=True)
    assert "fix: Shuffle the samples (--fix)" in done.stdout
    assert "+ loader = DataLoader(torch.load('d.pt'), batch_size=4, shuffle=True)" in done.stdout
    assert "1 can be fixed with --fix." in done.stdout
    (issue,) = json.loads(run("train.py", "--output-format", "json", real=True).stdout)
    assert issue["fix"]["applicability"] == "safe"
    (edit,) = issue["fix"]["edits"]
    assert edit["content"] == ", shuffle=True"
    assert edit["location"] == edit["end_location"] == {"row": 5, "column": 53}


def test_unsafe_fixes_wait_to_be_asked_for(project, run):
    script = project / "train.py"
    script.write_text(UNSAFE)
    assert run("train.py", "--fix", real=True).returncode == 1
    assert script.read_text() == UNSAFE
    assert run("train.py", "--fix", "--unsafe-fixes", real=True).returncode == 0
    assert script.read_text() == UNSAFE.replace("torch.softmax(model(images), 1)", "model(images)")


def test_a_diff_changes_nothing(project, run):
    script = project / "train.py"
    script.write_text(SAFE)
    done = run("train.py", "--diff", real=True)
    assert (done.returncode, script.read_text()) == (1, SAFE)
    assert "\n+loader = DataLoader(torch.load('d.pt'), batch_size=4, shuffle=True)\n" in done.stdout
    assert done.stderr == "Would fix 1 finding.\n"


def test_only_fixing_reports_nothing(project, run):
    script = project / "train.py"
    script.write_text(UNSAFE.replace(", shuffle=True", ""))
    done = run("train.py", "--fix-only", "--show-fixes", real=True)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "fixed train.py: TL401 Shuffle the samples\n"
    assert script.read_text() == UNSAFE


def test_standard_input_is_fixed_to_standard_output(run):
    done = run("-", "--fix", stdin=SAFE, real=True)
    assert done.stdout == SAFE.replace("batch_size=4)", "batch_size=4, shuffle=True)")
    assert done.stderr == "Fixed 1 finding. Nothing is left.\n"
    clean = done.stdout
    assert run("-", "--fix", stdin=clean, real=True).stdout == clean


@pytest.mark.parametrize(
    ("head", "encoding"),
    [("\ufeff", "utf-8"), ("# coding: latin-1\nname = 'é'\n", "latin-1"), ("name = 'é漢'\n", "utf-8")],
)
def test_other_bytes_stay_as_they_are(project, run, head, encoding):
    script = project / "train.py"
    before = (head + SAFE).replace("\n", "\r\n").encode(encoding)
    script.write_bytes(before)
    script.chmod(0o750)
    run("train.py", "--fix", real=True)
    assert script.read_bytes() == before.replace(b"batch_size=4)", b"batch_size=4, shuffle=True)")
    assert stat.S_IMODE(script.stat().st_mode) == 0o750
    assert [each.name for each in project.iterdir()] == ["train.py"]


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("new = 1\n")
    with pytest.raises(UsageError, match="has been changed while it was linted"):
        rewrite(str(script), b"old = 1\n", b"fixed = 1\n")
    assert script.read_text() == "new = 1\n"
    assert [each.name for each in tmp_path.iterdir()] == ["train.py"]


def test_a_link_stays_one(project, run):
    real = project / "real.py"
    real.write_text(SAFE)
    (project / "link.py").symlink_to(real)
    run("link.py", "--fix", real=True)
    assert Path(project / "link.py").is_symlink()
    assert "shuffle=True" in real.read_text()
