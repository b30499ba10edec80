"""`torchlint PATH...` from end to end: options, exit codes, bad input."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import LAUNCHER, Run


@pytest.mark.usefixtures("project")
def test_findings_exit_with_one_and_are_counted(run: Run) -> None:
    done = run("train.py", "--output-format", "concise")
    assert done.stdout.splitlines() == [
        "train.py:2:1: error[TL201] clip-after-step: This line has a clip. Write a line without clip.",
        "train.py:3:1: warning[TL204] missing-zero-grad: This line has a clear. Write a line without clear.",
        "Found 2 findings (1 error, 1 warning).",
    ]
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.usefixtures("project")
def test_no_path_means_the_current_folder_and_check_may_be_spelled_out(run: Run) -> None:
    assert run().stdout == run("check", ".").stdout != ""


def test_nothing_found_exits_with_zero(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text("import torch\n")
    done = run()
    assert (done.returncode, done.stdout) == (0, "All checks passed.\n")


def test_a_folder_without_python_files_is_said_to_have_none(run: Run) -> None:
    done = run()
    assert done.returncode == 0
    assert "no Python files" in done.stderr


def test_json_has_the_shape_of_ruff(project: Path, run: Run) -> None:
    first, second = json.loads(run("--output-format", "json").stdout)
    assert first == {
        "code": "TL201",
        "name": "clip-after-step",
        "severity": "error",
        "message": "This line has a clip. Write a line without clip.",
        "filename": str(project / "train.py"),
        "cell": None,
        "location": {"row": 2, "column": 1},
        "end_location": {"row": 2, "column": 5},
        "related": [
            {
                "message": "the file begins here",
                "filename": str(project / "train.py"),
                "cell": None,
                "location": {"row": 1, "column": 1},
                "end_location": {"row": 1, "column": 2},
            }
        ],
        "fix": None,
        "url": "https://example.org/clip",
    }
    assert second["code"] == "TL204"


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (("--select", "TL201"), ["TL201"]),
        (("--select", "TL2"), ["TL201", "TL204"]),
        (("--select", "missing-zero-grad"), ["TL204"]),
        (("--select", "TL201,TL603"), ["TL201", "TL603"]),
        (("--select", "ALL"), ["TL201", "TL204", "TL603"]),
        (("--select", "ALL", "--ignore", "TL2", "--extend-select", "clip-after-step"), ["TL201", "TL603"]),
        (("--ignore", "TL2"), []),
        (("--extend-select", "TL6"), ["TL201", "TL204", "TL603"]),
    ],
)
def test_rules_are_selected_by_code_prefix_and_name(
    tmp_path: Path, run: Run, options: tuple[str, ...], codes: list[str]
) -> None:
    (tmp_path / "train.py").write_text("clip\nclear\nquiet\n")
    assert [each["code"] for each in json.loads(run("--output-format", "json", *options).stdout)] == codes


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--exit-zero",), 0),
        (("--fail-on", "error", "--ignore", "TL201"), 0),
        (("--fail-on", "warning", "--ignore", "TL201"), 1),
        (("--fail-on", "error"), 1),
    ],
)
@pytest.mark.usefixtures("project")
def test_the_exit_code_follows_the_options(run: Run, options: tuple[str, ...], code: int) -> None:
    assert run(*options).returncode == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.py",), ("absent.py: No such file",)),
        (("",), ("an empty path",)),
        (("trian.py",), ('trian.py: No such file or directory; did you mean "train.py"?',)),
        (("chekc",), ('did you mean "torchlint check"?',)),
        (("explian", "--format", "json"), ('there is no command, file or folder "explian"', "torchlint explain")),
        (("check", "rules"), ("as a command, it stands before all options",)),
        (("--select", ""), ('--select: "" names no rule',)),
        (("--select", ","), ('--select: "" names no rule',)),
        (("--select", "TL999"), ("--select", "TL999", "TL")),
        (("--ignore", "missing-zero-gard"), ('did you mean "missing-zero-grad"',)),
        (("--selct", "TL2"), ("--selct", "--select")),
        (("--output-format", "xml"), ("xml", "json")),
        (("--fail-on", "panic"), ("panic", "advice")),
        (("-j", "0"), ("--jobs",)),
        (("-j", "many"), ("--jobs", "many")),
        (("--isolated", "--config", "x.toml"), ("--isolated", "--config")),
        (("--config", "absent.toml"), ("absent.toml", "No such file")),
        (("-", "train.py"), ("standard input",)),
        (("--output-file", "absent/report.txt"), ("absent/report.txt", "no folder")),
        (("--output-file", "."), ("folder",)),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_usage_is_one_line_and_exits_with_two(
    run_here: Run, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = run_here(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words)


def test_a_missing_path_is_named_and_the_others_are_linted(project: Path, run: Run) -> None:
    done = run("train.py", "absent.py", "chekc", "--output-format", "json")
    assert done.returncode == 2
    assert [each["code"] for each in json.loads(done.stdout)] == ["TL201", "TL204"]
    assert done.stderr.splitlines() == [
        "error: absent.py: No such file or directory",
        'error: chekc: No such file or directory; did you mean "torchlint check"?',
    ]
    (project / "train.py").write_text("import torch\n")
    clean = run("train.py", "gone", "--exit-zero")
    assert (clean.returncode, clean.stdout) == (2, "Nothing was found in what could be checked.\n")


@pytest.mark.usefixtures("project")
def test_rules_beside_an_option_are_taken_for_what_they_are(run: Run) -> None:
    done = run("train.py", "--select", "TL5", "TL2", "missing-seed", real=True)
    assert done.stderr.splitlines() == [
        "error: TL2: No such file or directory; it names rules, which an option takes in one word, as in "
        "--select TL1,TL2",
        "error: missing-seed: No such file or directory; it names rules, which an option takes in one word, as in "
        "--select TL1,missing-seed",
    ]


@pytest.mark.parametrize("option", ["-h", "-V"])
def test_short_options_tell_of_the_program(run_here: Run, option: str) -> None:
    done = run_here(option)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: torchlint" if option == "-h" else "torchlint 0")
    assert run_here("check", "-h").stdout.startswith("Usage: torchlint check")


def test_a_file_that_does_not_parse_or_cannot_be_read_leaves_the_others_linted(project: Path, run: Run) -> None:
    (project / "old.py").write_text("broken\n")
    (project / "round.py").symlink_to("round.py")
    done = run("--output-format", "concise", "--select", "TL204")
    assert [line.split("[")[1].split("]")[0] for line in done.stdout.splitlines()[:-1]] == [
        "TL901",
        "TL902",
        "TL204",
    ]
    assert done.stderr == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_reported(project: Path, run: Run) -> None:
    (project / "closed").mkdir(mode=0)
    done = run("--output-format", "concise")
    assert "closed:1:1: error[TL902] unreadable-file: This cannot be read" in done.stdout


def test_standard_input_is_linted_under_its_name(tmp_path: Path, run: Run) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.torchlint.per-file-ignores]\n"src/*" = ["TL201"]\n')
    plain = run("-", "--output-format", "concise", stdin="clip\n")
    named = run("-", "--stdin-filename", "src/model.py", "--output-format", "json", stdin="clip\nclear\n")
    assert plain.stdout.startswith("-:1:1: error[TL201] ")
    assert [(each["code"], each["filename"]) for each in json.loads(named.stdout)] == [
        ("TL204", str(tmp_path / "src" / "model.py"))
    ]


def test_a_link_is_reported_under_its_own_name(project: Path, run: Run) -> None:
    (project / "data").mkdir()
    (project / "train.py").rename(project / "data" / "real.txt")
    (project / "link.py").symlink_to("data/real.txt")
    done = run(".", "--select", "TL204")
    assert " --> link.py:3:1\n  |\n3 | clear = 2\n" in done.stdout
    assert "real.txt" not in done.stdout


def test_statistics_count_each_rule(project: Path, run: Run) -> None:
    (project / "more.py").write_text("clear\n")
    assert run("--statistics", "-q").stdout == "2  TL204  missing-zero-grad\n1  TL201  clip-after-step\n"
    counted = json.loads(run("--statistics", "--output-format", "json").stdout)
    assert counted[0] == {"code": "TL204", "name": "missing-zero-grad", "count": 2}


@pytest.mark.usefixtures("project")
def test_quiet_and_verbose(run: Run) -> None:
    quiet = run("-q", "--output-format", "concise")
    verbose = run("-v", "-j", "1")
    assert len(quiet.stdout.splitlines()) == 2
    assert verbose.stderr.startswith("1 file linted, 0 more read for linking, ")


def test_the_report_goes_whole_into_a_file(project: Path, run: Run) -> None:
    (project / "report.json").write_text("an old report")
    done = run("--output-format", "json", "--output-file", "report.json", FORCE_COLOR="1")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert len(json.loads((project / "report.json").read_text())) == 2
    assert sorted(path.name for path in project.iterdir()) == ["report.json", "train.py"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_one_line(project: Path, run: Run) -> None:
    into_file = run("--output-file", "/dev/full")
    assert (into_file.returncode, into_file.stdout) == (2, "")
    assert into_file.stderr == "error: /dev/full cannot be written: No space left on device\n"
    with Path("/dev/full").open("w") as full:
        screen = subprocess.run([sys.executable, LAUNCHER], cwd=project, stdout=full, stderr=subprocess.PIPE, text=True)
    assert screen.returncode == 2
    assert screen.stderr == "error: the report cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", [".", "rules"])
def test_a_closed_pipe_is_no_error(project: Path, command: str) -> None:
    (project / "train.py").write_text("clip\n" * 3000)
    writer = subprocess.Popen(
        [sys.executable, LAUNCHER, command],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.close()
    assert writer.stderr.read() == ""
    assert writer.wait(30) == (0 if command == "rules" else 1)
    writer.stderr.close()


def test_an_interrupt_ends_with_one_line(project: Path) -> None:
    (project / "train.py").write_text("sleep\n")
    sleeper = subprocess.Popen(
        [sys.executable, LAUNCHER], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert sleeper.stderr is not None
    assert sleeper.stderr.readline() == "asleep\n"
    sleeper.send_signal(signal.SIGINT)
    out, err = sleeper.communicate(timeout=30)
    assert (sleeper.returncode, out, err.strip()) == (130, "", "interrupted")


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, False),
    ],
)
@pytest.mark.usefixtures("project")
def test_colours_honour_the_environment(run: Run, environment: dict[str, str], coloured: bool) -> None:
    for form in ("full", "concise"):
        assert ("\x1b[" in run("--output-format", form, **environment).stdout) == coloured


def test_an_output_that_cannot_hold_a_character_still_works(project: Path, run: Run) -> None:
    (project / "train.py").write_text("clip  # \u6a21\n", encoding="utf-8")
    done = run(PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "# \\u6a21" in done.stdout


@pytest.mark.parametrize("arguments", [("-V",), ("rules",), ("explain", "TL901"), ("--help",)])
def test_light_commands_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    program = f"""
import sys
sys.argv = ["torchlint", *{arguments!r}]
from torchlint.cli.main import run
try:
    run()
except SystemExit as end:
    assert end.code == 0, end.code
heavy = {{"libcst", "torch", "pathspec", "concurrent.futures", "tomllib"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)


def test_scripts_that_ask_for_no_cache_go_on(project: Path, run: Run) -> None:
    assert run("--no-cache", "--output-format", "json").stdout == run("--output-format", "json").stdout


def test_what_is_read_for_context_is_not_reported(project: Path, run: Run) -> None:
    (project / "new.py").write_text("clip = 1\n")
    done = run("new.py", "--context", ".", "--output-format", "concise", "-v")
    assert [line.partition(":")[0] for line in done.stdout.splitlines()[:-1]] == ["new.py"]
    assert "1 file linted, 1 more read for linking" in done.stderr
    assert run("new.py", "--context", "no_such").returncode == 2
