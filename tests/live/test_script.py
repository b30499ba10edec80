"""A script is run as Python runs it: what it sees, prints and exits with is the same under `torchlint run`.

The scripts import no torch, so that each costs little.
"""

import signal
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

ENDED = "The script ended without a single optimizer step: there was no training to judge.\n"
WATCHED = (sys.executable, "-m", "torchlint", "run", "--isolated")


def python(folder: Path, *arguments: str, watched: bool) -> "CompletedProcess[str]":
    command = (*WATCHED, *arguments) if watched else (sys.executable, *arguments)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def same_as_python(folder: Path, *arguments: str) -> "CompletedProcess[str]":
    """Run both ways; the watched run may only add its own line to standard error."""
    bare = python(folder, *arguments, watched=False)
    watched = python(folder, *arguments, watched=True)
    assert watched.stdout == bare.stdout
    assert watched.stderr == bare.stderr + ENDED
    assert watched.returncode == bare.returncode
    return watched


SURROUNDINGS = """
'''A script.'''
from __future__ import annotations
import __main__, os, pickle, sys

class Batch:
    pass

print(sys.argv, sys.path, os.getcwd(), __name__, __file__, __doc__, __package__)
print(__spec__ and (__spec__.name, __spec__.origin), type(__loader__), sorted(vars(__main__)))
print(type(pickle.loads(pickle.dumps(Batch()))) is Batch, __main__.Batch is Batch, sys.stdout.errors)
print("to the other stream", file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [(), ("--lr", "0.1", "-m", "--", "--steps"), ("--help",)])
def test_a_script_finds_what_it_finds_under_python(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text(SURROUNDINGS)
    (tmp_path / "link.py").symlink_to("code/train.py")
    same_as_python(tmp_path, "code/train.py", *arguments)
    same_as_python(tmp_path, "link.py", *arguments)


@pytest.mark.parametrize("name", ["package.train", "package"])
def test_a_module_finds_what_it_finds_under_python(tmp_path: Path, name: str) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("print('the package', __name__)\n")
    (package / "__main__.py").write_text(SURROUNDINGS)
    (package / "train.py").write_text(SURROUNDINGS)
    same_as_python(tmp_path, "-m", name, "--lr", "0.1")


@pytest.mark.parametrize(
    "ending",
    [
        "import sys; sys.exit(3)",
        "import sys; sys.exit()",
        "import sys; sys.exit('no data')",
        "import sys; sys.exit(-1)",
        "raise SystemExit(True)",
        "1 / 0",
        "def f():\n    raise KeyError('x')\ntry:\n    f()\nexcept KeyError as e:\n    raise ValueError('y') from e",
        "def f(:\n    pass",
        "import sys\nsys.excepthook = lambda kind, error, trace: print('mine', kind, trace.tb_lineno)\n1 / 0",
        "import atexit\natexit.register(print, 'at the end')\n1 / 0",
        "import os\nos._exit(5)",
        "import missing_module",
    ],
)
def test_a_script_ends_as_under_python(tmp_path: Path, ending: str) -> None:
    (tmp_path / "train.py").write_text(f"print('begun', flush=True)\n{ending}\n")
    bare = python(tmp_path, "train.py", watched=False)
    watched = python(tmp_path, "train.py", watched=True)
    assert (watched.returncode, watched.stdout) == (bare.returncode, bare.stdout)
    said = "" if "_exit" in ending else ENDED  # `os._exit` ends a process at once; nobody can speak after it.
    assert watched.stderr == bare.stderr + said


def test_an_exception_passes_through_a_script_that_catches_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\n"
    )
    same_as_python(tmp_path, "train.py")


def test_what_the_script_starts_by_multiprocessing_runs_and_is_said_not_to_be_watched(tmp_path: Path) -> None:
    script = """
import multiprocessing, sys

def work(number):
    print("child", number, "torchlint" in sys.modules, flush=True)

if __name__ == "__main__":
    for method in ("spawn", "fork"):
        process = multiprocessing.get_context(method).Process(target=work, args=(1,))
        process.start()
        process.join()
        print(process.exitcode)
"""
    (tmp_path / "train.py").write_text(script)
    done = python(tmp_path, "train.py", watched=True)
    assert done.stdout == "child 1 False\n0\nchild 1 True\n0\n"
    assert (
        done.stderr == ENDED + "It started 2 more processes, which were not watched: only a script's main process is.\n"
    )
    assert done.returncode == 0


def test_a_forked_off_process_does_not_report(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import os\nif os.fork():\n    os.wait()\nprint('ended', flush=True)\n")
    same_as_python(tmp_path, "train.py")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_script_after_what_was_found_is_written(tmp_path: Path, number: int) -> None:
    script = "import time\ntry:\n    print('begun', flush=True)\n    time.sleep(60)\nfinally:\n    print('tidied')\n"
    (tmp_path / "train.py").write_text(script)
    command = [*WATCHED, "train.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    if number == signal.SIGTERM:
        assert (process.returncode, rest, errors) == (-number, "", ENDED)  # As under Python, nothing is tidied.
    else:
        assert (process.returncode, rest) == (130, "tidied\n")
        assert errors.startswith('Traceback (most recent call last):\n  File "')
        assert "torchlint" not in errors.replace(str(Path(__file__).parents[2]), "")
        assert errors.endswith(f"KeyboardInterrupt\n{ENDED}")


def test_a_script_may_handle_sigterm_itself(tmp_path: Path) -> None:
    script = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
os.kill(os.getpid(), signal.SIGTERM)
"""
    (tmp_path / "train.py").write_text(script)
    assert same_as_python(tmp_path, "train.py").returncode == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.py",), "error: nowhere.py cannot be run: No such file or directory\n"),
        (("folder",), "error: folder is a folder: name the script in it\n"),
        (("-m", "nowhere"), "error: there is no module nowhere, or it is a package without a __main__\n"),
        (("-m", "folder"), "error: there is no module folder, or it is a package without a __main__\n"),
        ((), "error: say which script to run\n"),
        (("-m",), "error: say which module to run\n"),
    ],
)
def test_what_cannot_be_run_is_named(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "__init__.py").touch()
    done = python(tmp_path, *arguments, watched=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_without_torch_it_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('never run')\n")
    program = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "torch" else find(name, *more)
from torchlint.cli.main import run
run()
"""
    command = [sys.executable, "-c", program, "run", "train.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: watching a run needs torch, which is not installed beside torchlint\n"


def test_the_report_goes_where_it_was_asked_for_whatever_the_script_does(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "train.py").write_text("import os, sys\nos.chdir('away')\nsys.stdout = sys.stderr = None\n")
    done = python(tmp_path, "--output-file", "report.txt", "train.py", watched=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "report.txt").read_text() == ENDED
    assert python(tmp_path, "train.py", watched=True).stderr == ENDED


def test_torch_is_imported_by_the_script_alone(tmp_path: Path) -> None:
    script = """
import sys
assert "torch" not in sys.modules
import torch
print(type(torch.__spec__.loader).__name__, vars(torch.__spec__.loader).keys() - {"name", "path"})
"""
    (tmp_path / "train.py").write_text(script)
    same_as_python(tmp_path, "train.py")
