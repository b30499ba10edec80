"""`[tool.torchlint]`: where it is found, what it does, and how a mistake in it is told."""

import json
from pathlib import Path

import pytest

from .conftest import Run


def codes(run: Run, *arguments: str) -> list[tuple[str, str]]:
    done = run("--output-format", "json", *arguments)
    assert done.stderr == ""
    return [(Path(each["filename"]).name, each["code"]) for each in json.loads(done.stdout)]


def test_each_file_has_the_nearest_configuration(project: Path, run: Run) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "model.py").write_text("clip\nclear\n")
    (project / "pyproject.toml").write_text('[tool.torchlint]\nignore = ["TL204"]\n')
    (inner / "pyproject.toml").write_text('[tool.torchlint]\nselect = ["missing-zero-grad"]\n')
    assert codes(run) == [("model.py", "TL204"), ("train.py", "TL201")]
    assert codes(run, "--isolated", "train.py") == [("train.py", "TL201"), ("train.py", "TL204")]
    assert codes(run, "--config", "inner/pyproject.toml", "train.py") == [("train.py", "TL204")]


def test_a_project_file_without_our_table_is_passed_over(project: Path, run: Run) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "model.py").write_text("clip\n")
    (inner / "pyproject.toml").write_text('[project]\ndependencies = ["torchlint"]\n')
    (project / "pyproject.toml").write_text('[tool.torchlint]\nignore = ["TL2"]\n')
    assert codes(run) == []


def test_the_command_line_comes_after_the_configuration(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text('[tool.torchlint]\nselect = ["TL201"]\nignore = ["TL204"]\n')
    assert codes(run, "--select", "TL2") == [("train.py", "TL201"), ("train.py", "TL204")]
    assert codes(run, "--ignore", "TL201") == []
    assert codes(run, "--extend-select", "TL204") == [("train.py", "TL201"), ("train.py", "TL204")]


def test_severity_and_per_file_ignores(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.torchlint.severity]\nTL2 = "advice"\nclip-after-step = "warning"\n'
        '[tool.torchlint.per-file-ignores]\n"old/**" = ["ALL"]\n"train.py" = ["TL999"]\n'.replace("TL999", "TL603")
    )
    (project / "old").mkdir()
    (project / "old" / "model.py").write_text("clip\n")
    issues = json.loads(run("--output-format", "json").stdout)
    assert [(each["code"], each["severity"]) for each in issues] == [
        ("TL201", "warning"),
        ("TL204", "advice"),
    ]


def test_what_is_ignored_in_one_file_hides_no_file_that_was_not_checked(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text('[tool.torchlint.per-file-ignores]\n"*.py" = ["TL2"]\n')
    (project / "train.py").write_text("clip\nbroken\n")
    assert codes(run) == [("train.py", "TL901")]


def test_a_file_of_its_own_needs_no_table(project: Path, run: Run) -> None:
    (project / "lint.toml").write_text('select = ["TL204"]\n')
    assert codes(run, "--config", "lint.toml") == [("train.py", "TL204")]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('selct = ["TL2"]', (":2:", "unknown key `selct`", 'did you mean "select"')),
        ("\nper_file_ignores = {}", (":3:", "`per_file_ignores`", 'did you mean "per-file-ignores"')),
        ('select = "TL2"', (":2:", "`select` must be a list of strings, not a string")),
        ("ignore = [1]", ("`ignore` must be a list of strings", "a number")),
        ("exclude = true", ("`exclude` must be a list of strings, not a boolean",)),
        ('severity = "error"', ("`severity` must be a table, not a string",)),
        (
            'severity = {TL201 = "eror"}',
            ("`severity.TL201` must", "error, warning, advice, off", 'did you mean "error"'),
        ),
        ("severity = {TL201 = 3}", ("`severity.TL201` must be a string", "a number")),
        ('severity = {TL777 = "error"}', ("in `severity.TL777`",)),
        ('severity = {"missing seed" = "error"}', ('in `severity."missing seed"`',)),
        ('select = ["clip-after-stop"]', ("in `select`", 'did you mean "clip-after-step"')),
        ('per-file-ignores = {"x.py" = "TL2"}', ('`per-file-ignores."x.py"`', "a string")),
        ('per-file-ignores = {"x.py" = ["TL8"]}', ('`per-file-ignores."x.py"`', "TL8")),
        ("select = [", ("not valid TOML",)),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(
    project: Path, run_here: Run, table: str, words: tuple[str, ...]
) -> None:
    (project / "pyproject.toml").write_text(f"[tool.torchlint]\n{table}\n")
    done = run_here()
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {project / 'pyproject.toml'}")
    assert all(word in done.stderr for word in words), done.stderr


def test_a_mistake_in_a_configuration_file_that_is_named(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text("[project]\n")
    assert "has no [tool.torchlint] table" in run("--config", "pyproject.toml").stderr


@pytest.mark.parametrize("name", ["torchlint.toml", ".torchlint.toml"])
def test_a_file_of_our_own_is_found_and_comes_before_the_project_file(project: Path, run: Run, name: str) -> None:
    (project / "pyproject.toml").write_text('[tool.torchlint]\nselect = ["TL201"]\n')
    (project / name).write_text('select = ["TL204"]\n')
    assert codes(run) == codes(run, "--config", name) == [("train.py", "TL204")]
    assert codes(run, "--isolated") == [("train.py", "TL201"), ("train.py", "TL204")]


def test_the_hidden_file_of_our_own_comes_first(project: Path, run: Run) -> None:
    (project / "torchlint.toml").write_text('select = ["TL204"]\n')
    (project / ".torchlint.toml").write_text('select = ["TL201"]\n')
    assert codes(run) == [("train.py", "TL201")]


def test_a_file_of_our_own_has_no_table(project: Path, run: Run) -> None:
    (project / "torchlint.toml").write_text('[tool.torchlint]\nselect = ["TL204"]\n')
    done = run()
    assert done.returncode == 2
    assert "torchlint.toml:1: unknown key `tool`; the keys of [tool.torchlint] stand here by themselves" in done.stderr


@pytest.mark.parametrize(
    ("severity", "found"),
    [
        ('TL201 = "off"', ["TL204"]),
        ('TL2 = "off"', []),
        ('TL2 = "off"\nmissing-zero-grad = "error"', ["TL204"]),
        ('TL2 = "error"\nclip-after-step = "off"', ["TL204"]),
        ('ALL = "off"\nTL2 = "advice"', ["TL201", "TL204"]),
    ],
)
def test_a_severity_may_be_off(project: Path, run: Run, severity: str, found: list[str]) -> None:
    (project / "pyproject.toml").write_text(f"[tool.torchlint.severity]\n{severity}\n")
    assert [code for _, code in codes(run)] == found
    assert codes(run, "--select", "TL201") == [("train.py", "TL201")]


def test_patterns_may_have_the_separators_of_windows(project: Path, run: Run) -> None:
    (project / "old" / "deep").mkdir(parents=True)
    (project / "old" / "a.py").write_text("clip\n")
    (project / "old" / "deep" / "b.py").write_text("clip\n")
    (project / "torchlint.toml").write_text(
        "exclude = ['.\\old\\deep\\', '\\#odd.py']\n[per-file-ignores]\n'old\\*.py' = ['TL2']\n"
    )
    (project / "#odd.py").write_text("clip\n")
    assert codes(run) == [("train.py", "TL201"), ("train.py", "TL204")]
