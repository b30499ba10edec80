"""What runs on the machines of GitHub and GitLab, run here: the steps of the action, and the script of the job."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT

pytestmark = pytest.mark.slow

OLD = "from torch.autograd import Variable\nimport torch\n\nx = Variable(torch.ones(1))\n"
EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
JOB = yaml.safe_load((ROOT / "integrations" / "gitlab.yml").read_text())["torchlint"]


def bash(script: str, folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """As both run it: what fails ends the script."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    whole = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=whole, capture_output=True, text=True, timeout=300)


class Runner:
    """Runs the shell steps of the action, with the inputs given or usual, and keeps what they put out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        self.folder.mkdir()
        self._beside = folder
        self._known = {"steps.python.outputs.python-path": sys.executable}

    def step(self, name: str, **inputs: str) -> "subprocess.CompletedProcess[str]":
        usual = {f"inputs.{key}": each["default"] for key, each in ACTION["inputs"].items()}
        known = {**usual, **self._known, **{f"inputs.{key.replace('_', '-')}": each for key, each in inputs.items()}}
        (step,) = (each for each in ACTION["runs"]["steps"] if each.get("id") == name)
        said = {key: EXPRESSION.sub(lambda found: known[found[1]], value) for key, value in step["env"].items()}
        output = self._beside / "output"
        output.write_text("")
        own = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self._beside / "summary.md"),
            "RUNNER_TEMP": str(self._beside / "temporary"),
        }
        done = bash(step["run"], self.folder, {**said, **own})
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            self._known[f"steps.{name}.outputs.{key}"] = value
        return done

    def value(self, expression: str) -> str:
        return EXPRESSION.sub(lambda found: self._known[found[1]], expression)


def test_the_action_annotates_reports_and_knows_its_baseline(tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    (runner.folder / "my model.py").write_text(OLD)
    assert runner.step("pip").returncode == 0
    assert Path(runner.value("${{ steps.pip.outputs.cache }}")).is_absolute()
    assert re.fullmatch(r"3\.[\d.]+-[0-9a-f]{64}", runner.value("${{ steps.pip.outputs.key }}"))
    found = runner.step("lint", arguments="--select=TL6\n", paths="my model.py\n")
    assert found.returncode == 1, found.stderr
    assert re.match(r"::notice file=my model\.py,line=4,", found.stdout), found.stdout
    report = runner.value(ACTION["outputs"]["sarif-file"]["value"])
    (run,) = json.loads((runner.folder / report).read_text())["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["TL601"]
    command = [tmp_path / "temporary" / "torchlint" / "bin" / "torchlint", "baseline", "-o", "known.json"]
    subprocess.run(command, cwd=runner.folder, check=True, capture_output=True)
    known = runner.step("lint", baseline="known.json", arguments="--output=json:$(touch injected)")
    assert (known.returncode, "::notice" in known.stdout) == (0, False)
    assert not (runner.folder / "injected").exists() and (runner.folder / "$(touch injected)").exists()


def test_the_action_uploads_only_where_it_is_asked_to() -> None:
    upload: dict[str, Any] = ACTION["runs"]["steps"][-1]
    assert "inputs.upload-sarif == 'true'" in upload["if"] and "!cancelled()" in upload["if"]
    assert ACTION["inputs"]["upload-sarif"]["default"] == "false"
    assert "security-events" in ACTION["inputs"]["upload-sarif"]["description"]


def test_the_job_of_gitlab_reports_what_it_finds(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "machine"], check=True)
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text(OLD)
    path = os.pathsep.join([str(tmp_path / "machine" / "bin"), os.environ["PATH"]])
    own = {**JOB["variables"], "PATH": path, "PIP_CACHE_DIR": str(tmp_path / "cache")}
    script = "\n".join(JOB["script"])
    unsaid = bash(script, project, own)
    assert (unsaid.returncode, unsaid.stdout) == (2, "say in TORCHLINT what pip is to install\n")
    found = bash(script, project, {**own, "TORCHLINT": str(ROOT)})
    assert found.returncode == 1, found.stderr
    assert found.stdout.startswith("train.py:4:5: advice[TL601] deprecated-variable: ")
    reported = json.loads((project / JOB["artifacts"]["reports"]["codequality"]).read_text())
    assert [each["check_name"] for each in reported] == ["deprecated-variable"]
    assert bash(script, project, {**own, "TORCHLINT": str(ROOT), "TORCHLINT_OPTIONS": "--ignore TL6"}).returncode == 0
