"""Every snippet of README.md is run: the guide as a whole, the others by themselves."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

import torchlint
from torchlint.cli.configuration import Reading
from torchlint.rule import ENTRY_POINT, load_rules

from .conftest import ROOT, Checkout
from .snippets import README, Snippet, replayed, snippets

HERE = Path(__file__).parent / "guide"
GUIDE = "Adopt it in an old repository"
PAGE = README.read_text("utf-8")
ALL = list(snippets(PAGE))
MODEL = """
import torch
from torch import nn

Net = lambda: nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))
model = Net()
loader = [(torch.randn(8, 3, 32, 32), torch.randint(10, (8,)))] * 4


def train(model=model, loader=loader, steps=4):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for images, labels in loader[:steps]:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()


"""
"""What the snippets for one's own code need around them."""


def of(language: str, heading: str | None = None) -> list[Snippet]:
    found = [each for each in ALL if each.language == language and heading in (None, each.heading)]
    assert found, f"README.md has no {language} under {heading!r} any more"
    return found


def outside_the_guide(language: str) -> list[Snippet]:
    return [each for each in of(language) if each.heading != GUIDE]


def by_line(snippet: Snippet) -> str:
    return f"line {snippet.line}"


def test_every_language_is_run_by_a_test() -> None:
    assert {each.language for each in ALL} == {"sh", "console", "yaml", "toml", "diff", "python"}


@pytest.mark.slow
def test_the_guide_says_what_happens(tmp_path: Path, checkout: Checkout) -> None:
    for snippet, happens in walked(tmp_path, checkout):
        assert happens == snippet.text, f"{README}:{snippet.line}"


def walked(home: Path, checkout: Checkout) -> Iterator[tuple[Snippet, str]]:
    """Go through the guide in an old repository; its consoles, with what they should print."""
    folder = home / "old"
    shutil.copytree(HERE / "old", folder)
    shutil.copyfile(HERE / "tries.ipynb", home / "tries.ipynb")
    environment = {**checkout.environment, "HOME": str(home)}
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Old"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    names = {str(checkout.address): "ADDRESS", checkout.commit: "COMMIT"}
    for snippet in (each for each in ALL if each.heading == GUIDE):
        match snippet.language:
            case "console":
                yield snippet, replayed(snippet, folder, environment, names)
            case "toml":
                (folder / "pyproject.toml").write_text(snippet.text)
            case "yaml":
                text = snippet.text.replace("ADDRESS", str(checkout.address)).replace("COMMIT", checkout.commit)
                (folder / ".pre-commit-config.yaml").write_text(text)
            case "diff":
                apply = ["git", "apply", "-"]
                subprocess.run(apply, cwd=folder, env=environment, input=snippet.text, text=True, check=True)
            case other:
                raise AssertionError(f"{README}:{snippet.line}: nothing runs {other} in the guide")


@pytest.mark.slow
@pytest.mark.parametrize("snippet", outside_the_guide("console"), ids=by_line)
def test_consoles_print_what_they_show(snippet: Snippet) -> None:
    assert replayed(snippet, ROOT, os.environ, {}) == snippet.text


@pytest.mark.slow
def test_commands_run(tmp_path: Path, checkout: Checkout) -> None:
    """Those for this checkout, with its `.venv`, are run by `.ci/run`; the others here, in a project of somebody's."""
    project, machine = tmp_path / "project", tmp_path / "machine"
    shutil.copytree(HERE / "old", project / "src")
    shutil.copyfile(HERE / "old" / "train.py", project / "train.py")
    shutil.copyfile(HERE / "tries.ipynb", project / "tries.ipynb")
    subprocess.run([sys.executable, "-m", "venv", machine], check=True)
    environment = {**checkout.environment, "PATH": os.pathsep.join([str(machine / "bin"), os.environ["PATH"]])}
    for command in ("init --quiet --initial-branch main", "add --all", "commit --quiet --message Old"):
        subprocess.run(["git", *command.split()], cwd=project, env=environment, check=True)
    commands = [line for each in of("sh") for line in each.text.splitlines() if ".venv/" not in line]
    assert len(commands) > 5
    for command in commands:
        here = command.replace("ADDRESS", f"file://{checkout.address}")
        done = subprocess.run(
            ["bash", "-c", here], cwd=project, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode in (0, 1) and "Traceback" not in done.stderr, (command, done.stderr)
        assert done.returncode == 0 or "Found " in done.stdout or "Would fix " in done.stderr, (command, done)


def test_the_commands_for_this_checkout_are_those_of_ci() -> None:
    ours = [line for each in of("sh") for line in each.text.splitlines() if ".venv/" in line]
    run = (ROOT / ".ci" / "run").read_text("utf-8")
    wanted = re.findall(r"grep -m 1 '(.+)' README\.md", run)
    assert len(wanted) == 2
    for pattern in wanted:
        assert any(re.search(pattern, line) for line in ours)
    assert [line for line in ours if not any(re.search(pattern, line) for pattern in wanted)] == [
        '.venv/bin/pytest -m "not slow"'
    ]


def python_of(word: str) -> str:
    (found,) = (each.text for each in of("python") if word in each.text)
    return found


def run_python(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_program_watches_itself(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(MODEL + python_of("live.watch()"))
    done = run_python(tmp_path, "own.py")
    assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.slow
def test_the_tests_pass(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(MODEL + python_of("assert_trains"))
    done = run_python(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_own.py")
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout


def test_a_program_lints(tmp_path: Path) -> None:
    shutil.copytree(HERE / "old", tmp_path / "src")
    (tmp_path / "torchlint-baseline.json").write_text(run_baseline(tmp_path))
    text = python_of("torchlint.lint(").replace('["TL2"]', '["TL2", "TL5"]')
    (tmp_path / "own.py").write_text(text)
    done = run_python(tmp_path, "own.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\S+train\.py 18 TL506 .+\n", done.stdout.replace("\\", "/"))


def run_baseline(folder: Path) -> str:
    """A baseline that knows nothing."""
    empty = folder / "empty"
    empty.mkdir()
    done = run_python(empty, "-m", "torchlint", "baseline", "-o", "known.json")
    assert done.returncode == 0, done.stderr
    return (empty / "known.json").read_text()


def test_comments_silence_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = python_of("ignore-file")
    assert torchlint.lint("model.py", text=text, select="TL905") == []
    assert torchlint.lint("model.py", text=text.replace("ignore[", "ignor["), select="TL905")


@pytest.mark.parametrize("snippet", outside_the_guide("toml"), ids=by_line)
def test_settings_are_settings(snippet: Snippet) -> None:
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    whole: Mapping[str, dict[str, dict[str, str]]] = tomllib.loads(snippet.text)
    if "tool" in whole:
        Reading(README, ROOT, snippet.text.encode(), load_rules()).settings(whole["tool"]["torchlint"])
        return
    assert ENTRY_POINT in whole["project"]["entry-points"]


def test_what_ci_is_told_is_there() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    job = yaml.safe_load((ROOT / "integrations" / "gitlab.yml").read_text())["torchlint"]
    workflow, included = (yaml.safe_load(each.text) for each in outside_the_guide("yaml"))
    (step,) = workflow["jobs"]["torchlint"]["steps"][1:]
    assert step["uses"] == "OWNER/NAME@COMMIT" and step["with"].keys() <= action["inputs"].keys()
    assert (ROOT / included["include"][0]["remote"].removeprefix("RAW_ADDRESS/")).is_file()
    assert included["variables"].keys() <= job["variables"].keys()
