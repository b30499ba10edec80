"""`--changed`: only what git says has changed is reported, while the whole project is read."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from .conftest import Run

VALIDATE = """import torch


def validate(net: torch.nn.Module, loader: list[torch.Tensor]) -> list[torch.Tensor]:
    found = []
    with torch.no_grad():
        for inputs in loader:
            found.append(net(inputs))
    return found
"""
TRAIN = """import torch

from evaluation import validate

net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
validation_loader = torch.utils.data.DataLoader([torch.ones(2)])
validate(net, validation_loader)
"""


def git(folder: Path, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, env={**os.environ, **who})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two committed files with a finding each, in a folder with a space in its name."""
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "old.py").write_text("clip\n")
    (folder / "train.py").write_text("clip\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def changed(run: Run, *arguments: str) -> list[str]:
    done = run("--output-format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return [Path(each["filename"]).name for each in json.loads(done.stdout)]


def test_what_differs_from_the_last_commit_and_what_is_new(repository: Path, run: Run) -> None:
    nothing = run("--changed")
    assert (nothing.returncode, nothing.stdout) == (0, "All checks passed.\n")
    assert nothing.stderr == "No Python file has changed since HEAD.\n"
    (repository / "a b" / "train.py").write_text("clip\nclear\n")
    (repository / "a b" / "n\u00e9w.py").write_text("clip\n")
    (repository / "staged.py").write_text("clip\n")
    git(repository, "add", "staged.py")
    (repository / "ignored.py").write_text("clip\n")
    (repository / ".gitignore").write_text("ignored.py\n")
    (repository / "a b" / "old.py").unlink()
    assert changed(run, "--changed") == ["n\u00e9w.py", "train.py", "train.py", "staged.py"]
    assert changed(run, "--changed", "HEAD", "a b") == ["n\u00e9w.py", "train.py", "train.py"]


def test_what_differs_from_where_a_branch_began(repository: Path, run: Run) -> None:
    git(repository, "checkout", "-q", "-b", "topic")
    (repository / "a b" / "train.py").write_text("clear\n")
    git(repository, "commit", "-q", "-a", "-m", "topic")
    git(repository, "checkout", "-q", "main")
    (repository / "a b" / "old.py").write_text("clear\n")
    git(repository, "commit", "-q", "-a", "-m", "main goes on")
    git(repository, "checkout", "-q", "topic")
    assert changed(run, "--changed") == []
    assert changed(run, "--changed", "main") == ["train.py"]
    assert changed(run, "--changed=HEAD~1", ".") == ["train.py"]


def test_a_word_that_is_no_commit_is_a_path(repository: Path, run: Run) -> None:
    (repository / "a b" / "train.py").write_text("clear\n")
    (repository / "new.py").write_text("clip\n")
    assert changed(run, "--changed", "a b") == ["train.py"]


def test_a_repository_without_a_commit_is_new_as_a_whole(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text("clip\n")
    git(tmp_path, "init", "-q")
    assert changed(run, "--changed") == ["train.py"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--changed", "no-such-branch"), 'git knows no commit "no-such-branch"'),
        (("-", "--changed"), "--changed and standard input cannot be used together"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_mistakes_are_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert words in done.stderr


def test_outside_a_repository_it_says_so(tmp_path: Path, run: Run) -> None:
    done = run("--changed", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert (done.returncode, done.stderr) == (2, "error: --changed: the current folder is in no git repository\n")


def test_files_that_did_not_change_are_read_for_what_they_do_with_those_that_did(tmp_path: Path, run: Run) -> None:
    (tmp_path / "evaluation.py").write_text(VALIDATE)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "broken.py").write_text("import torch\nprint 'x'\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "evaluation.py").write_text(VALIDATE + "\n")

    def found() -> list[tuple[str, str]]:
        done = run("--changed", "--output-format", "json", "--select", "missing-eval-mode", real=True)
        return [(Path(each["filename"]).name, each["code"]) for each in json.loads(done.stdout)]

    assert found() == [("evaluation.py", "TL301")]
    (tmp_path / "train.py").write_text(TRAIN.replace("validate(net", "net.eval()\nvalidate(net"))
    git(tmp_path, "commit", "-q", "-m", "mended", "train.py")
    assert found() == []
