"""`--show-files` and `--show-settings`."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from .conftest import Run

CONFIGURATION = """
exclude = ["old"]
select = ["TL2"]
[severity]
clip-after-step = "advice"
TL203 = "off"
[per-file-ignores]
"a b/*.py" = ["TL204"]
"""


def test_files_are_listed_and_nothing_is_linted(project: Path, run: Run) -> None:
    (project / "old").mkdir()
    (project / "old" / "a.py").write_text("clip\n")
    (project / "torchlint.toml").write_text(CONFIGURATION.replace("TL203", "TL603"))
    done = run("--show-files", ".", "gone.py")
    assert (done.returncode, done.stdout) == (2, f"{project / 'train.py'}\n")
    assert run("--show-files").returncode == 0


def test_settings_are_toml_that_means_the_same(project: Path, run_here: Run) -> None:
    (project / "torchlint.toml").write_text(CONFIGURATION)
    done = run_here("--show-settings", "--ignore", "TL202")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# For train.py.\n# Read from torchlint.toml.\nselect = [\n")
    assert '    "TL201",  # clip-after-step: advice\n' in done.stdout
    read = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(done.stdout)
    assert {"TL201", "TL204"} < set(read["select"])
    assert not {"TL202", "TL203", "TL101"} & set(read["select"])
    assert read["per-file-ignores"] == {"a b/*.py": ["TL204"]}
    (project / "torchlint.toml").write_text(done.stdout)
    assert run_here("--show-settings").stdout == done.stdout


@pytest.mark.usefixtures("project")
def test_each_configuration_is_shown_once_and_defaults_too(tmp_path: Path, run_here: Run) -> None:
    (tmp_path / "model.py").write_text("")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_text("")
    (tmp_path / "inner" / "torchlint.toml").write_text('select = ["TL201"]\n')
    shown = run_here("--show-settings").stdout.split("# For ")[1:]
    assert [each.splitlines()[0] for each in shown] == ["inner/a.py.", "model.py and 1 more."]
    assert shown[1].splitlines()[1] == "# No configuration is read: these are the defaults."
