"""Which files are linted."""

import os
from pathlib import Path

import pytest

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import discover


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


def found(here: Path, *paths: str, force_exclude: bool = False) -> list[str]:
    files = discover(paths or (".",), Configurations({}), force_exclude=force_exclude).files
    return [Path(file).relative_to(here).as_posix() for file in files]


def test_python_files_at_any_depth_in_a_stable_order(here: Path) -> None:
    write(here, "b.py", "a/z.py", "a/deep/y.py", "notes.txt", "stub.pyi", ".#b.py", ".hidden/x.py")
    assert found(here) == [".hidden/x.py", "a/deep/y.py", "a/z.py", "b.py"]
    assert found(here, "a", "b.py", "a/z.py") == ["a/deep/y.py", "a/z.py", "b.py"]


def test_usual_folders_are_left_out_unless_they_are_named(here: Path) -> None:
    write(here, "train.py", ".venv/lib/site-packages/timm/model.py", "build/x.py", "node_modules/x.py")
    assert found(here) == ["train.py"]
    assert found(here, "build") == ["build/x.py"]
    assert found(here, ".venv/lib/site-packages/timm") == [".venv/lib/site-packages/timm/model.py"]


def test_a_file_that_is_named_is_always_linted(here: Path) -> None:
    write(here, "script", "build/x.py", "kept.py")
    (here / ".gitignore").write_text("*.py\n")
    (here / ".git").mkdir()
    assert found(here, "script", "build/x.py", "kept.py") == ["build/x.py", "kept.py", "script"]


def test_gitignore_at_every_level_up_to_the_repository(here: Path) -> None:
    repository = here / "repository"
    write(
        repository,
        "src/data/a.py",
        "src/data/keep.py",
        "src/data/deep/b.py",
        "src/main.py",
        "out/c.py",
        ".git/HEAD",
    )
    (here / ".gitignore").write_text("*.py\n")
    (repository / ".gitignore").write_text("/out/\n# a comment\n")
    (repository / "src" / "data" / ".gitignore").write_text("*\n!keep.py\n")
    assert found(here, "repository") == ["repository/src/data/keep.py", "repository/src/main.py"]
    assert found(here, "repository/src/data") == ["repository/src/data/keep.py"]


def test_a_folder_that_is_named_is_walked_though_it_is_ignored(here: Path) -> None:
    write(here, "env/lib/timm/model.py", "vendor/x.py", "vendor/y/z.py", ".git/HEAD", "env/lib/.gitignore")
    (here / ".gitignore").write_text("env/\n")
    (here / "pyproject.toml").write_text('[tool.torchlint]\nexclude = ["vendor"]\n')
    assert found(here) == []
    assert found(here, "env/lib/timm", "vendor") == ["env/lib/timm/model.py", "vendor/x.py", "vendor/y/z.py"]
    assert found(here, "vendor", "vendor/x.py", force_exclude=True) == []


def test_exclude_names_files_and_folders_and_takes_defaults_back(here: Path) -> None:
    write(here, "a.py", "old/b.py", "src/generated_c.py", "build/d.py")
    (here / "pyproject.toml").write_text('[tool.torchlint]\nexclude = ["./old", "generated_*.py", "!build"]\n')
    assert found(here) == ["a.py", "build/d.py"]


def test_links_cannot_loop(here: Path) -> None:
    write(here, "src/a.py")
    (here / "src" / "again").symlink_to(here / "src", target_is_directory=True)
    (here / "src" / "round.py").symlink_to("round.py")
    (here / "src" / "other.py").symlink_to("a.py")
    (here / "link").symlink_to("src", target_is_directory=True)
    assert found(here) == ["src/a.py", "src/other.py"]
    assert found(here, "link") == ["link/a.py", "link/other.py"]
    ((unread, reason),) = discover(["."], Configurations({})).unread
    assert unread == str(here / "src" / "round.py")
    assert "symbolic links" in reason


def test_what_is_no_file_is_passed_over(here: Path) -> None:
    write(here, "a.py", "folder.py/b.py")
    os.mkfifo(here / "pipe.py")
    assert found(here) == ["a.py", "folder.py/b.py"]


def test_every_missing_path_is_named(here: Path) -> None:
    write(here, "a.py", "b.ipynb")
    (here / "round").symlink_to("round")
    found = discover(("a.py", "gone", "round", "", "b.ipynb"), Configurations({}))
    assert [Path(file).name for file in found.files] == ["a.py", "b.ipynb"]
    assert [path for path, _ in found.refused] == ["gone", "round", ""]
    assert found.refused[0][1] == "No such file or directory"
