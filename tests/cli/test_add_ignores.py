"""`--add-ignores` writes comments that silence what is found, and changes nothing else."""

from pathlib import Path

import pytest

from .conftest import Run

REASON = "old code, see #12"


def added(run: Run, *arguments: str) -> str:
    done = run("--add-ignores", REASON, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_finding_gets_a_comment_and_is_silent_afterwards(project: Path, run: Run) -> None:
    (project / "model.py").write_text("clip = clear = 1\n")
    assert added(run) == "Silenced 4 findings by comments in 2 files.\n"
    assert (project / "model.py").read_text() == f"clip = clear = 1  # torchlint: ignore[TL201, TL204] -- {REASON}\n"
    assert (project / "train.py").read_text() == (
        f"import torch\nclip = 1  # torchlint: ignore[TL201] -- {REASON}\n"
        f"clear = 2  # torchlint: ignore[TL204] -- {REASON}\n"
    )
    done = run("--extend-select", "TL903")
    assert (done.returncode, done.stdout) == (0, "All checks passed.\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("clip = 1  # a word", f"clip = 1  # a word  # torchlint: ignore[TL201] -- {REASON}"),
        ("clip = 1  # noqa: E501   ", f"clip = 1  # noqa: E501  # torchlint: ignore[TL201] -- {REASON}"),
        ("clip = 1  # torchlint: ignore[TL204] -- so", "clip = 1  # torchlint: ignore[TL204, TL201] -- so"),
        ("f(\n    clip,\n)", f"f(\n    clip,  # torchlint: ignore[TL201] -- {REASON}\n)"),
        ("x = '\u00e9'; clip = 1", f"x = '\u00e9'; clip = 1  # torchlint: ignore[TL201] -- {REASON}"),
    ],
)
def test_the_comment_goes_where_it_can_stand(project: Path, run: Run, before: str, after: str) -> None:
    (project / "train.py").write_text(before + "\n", encoding="utf-8")
    added(run)
    assert (project / "train.py").read_text("utf-8") == after + "\n"


@pytest.mark.parametrize("data", [b"clip = 1\r\nx = 2", b"\xef\xbb\xbfclip = 1\n", b"clip = 1\n\x0c\n"])
def test_the_other_bytes_stay(project: Path, run: Run, data: bytes) -> None:
    (project / "train.py").write_bytes(data)
    (project / "train.py").chmod(0o755)
    added(run)
    comment = f"  # torchlint: ignore[TL201] -- {REASON}".encode()
    assert (project / "train.py").read_bytes() == data.replace(b"clip = 1", b"clip = 1" + comment)
    assert (project / "train.py").stat().st_mode & 0o777 == 0o755


def test_what_no_comment_can_silence_is_left_and_reported(project: Path, run: Run) -> None:
    text = "x = '''\nclip\n'''\nclip = \\\n    2\nclear = 1\n"
    (project / "train.py").write_text(text)
    done = run("--add-ignores", REASON, "--output-format", "concise")
    assert done.returncode == 1
    assert [line.partition(" ")[0] for line in done.stdout.splitlines()] == [
        "train.py:2:1:",
        "train.py:4:1:",
        "Silenced",
        "Found",
    ]
    assert (project / "train.py").read_text() == text.replace(
        "clear = 1", f"clear = 1  # torchlint: ignore[TL204] -- {REASON}"
    )


def test_a_file_that_does_not_parse_is_left_as_it_is(project: Path, run: Run) -> None:
    (project / "train.py").write_text("clip = (\nbroken\n")
    assert run("--add-ignores", REASON).returncode == 1
    assert (project / "train.py").read_text() == "clip = (\nbroken\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--add-ignores", " "), "say in one line why"),
        (("--add-ignores", "two\nlines"), "say in one line why"),
        (("--add-ignores", "train.py"), '"train.py" is a path'),
        (("--add-ignores", "so", "-"), "--add-ignores and standard input cannot be used together"),
        (("--add-ignores", "so", "--diff"), "--add-ignores and --fix cannot be used together"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(
    project: Path, run: Run, arguments: tuple[str, ...], words: str
) -> None:
    before = (project / "train.py").read_text()
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert (project / "train.py").read_text() == before
