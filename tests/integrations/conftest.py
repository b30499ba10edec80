"""This checkout as a repository of its own, as those who use it by its address see it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AUTHOR = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass(frozen=True)
class Checkout:
    """A repository that holds what this checkout holds, committed or not, and where its hooks are installed."""

    address: Path
    commit: str
    installed: Path

    @property
    def environment(self) -> dict[str, str]:
        """What git and pre-commit run with: nothing of whoever runs the tests."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PRE_COMMIT_COLOR": "never"}
        return {**own, **AUTHOR, **quiet, "PRE_COMMIT_HOME": str(self.installed)}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The same one for all workers, so that the hook is installed once: the first that is done gives it to them."""
    own = tmp_path_factory.mktemp("checkout") / "torchlint"
    # Whoever runs the tests may have told git that it can trust this folder.
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, own / name)
    _git(own, "init", "--quiet")
    _git(own, "add", "--all", "--force")
    _git(own, "commit", "--quiet", "--message", "All of it")
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "torchlint"
    try:
        own.rename(shared)
    except OSError:
        assert (shared / "pyproject.toml").exists()
    return Checkout(shared, _git(shared, "rev-parse", "HEAD").strip(), shared.with_name("hooks"))


def _git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, **AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
