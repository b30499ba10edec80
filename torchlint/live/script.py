"""Runs a script or a module as `__main__`, as `python SCRIPT` or `python -m MODULE` would have run it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from torchlint.live.text.pages import give_text

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120
MAIN = "__main__"
FAILED = 1


class NoSuchProgram(Exception):
    """There is nothing to run under this name; the message says why in one line."""


class Stop(BaseException):
    """Ends the script where it is. No `except Exception` of the script's catches it; its `finally` blocks run."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: its code, the module that becomes `__main__`, and what it finds in `sys`.

    `file` is the script's or module's file; `folder` is put first in `sys.path`. `text` is what is run of a file that
    holds more than Python, as a notebook does.
    """

    file: str
    folder: str
    argv: tuple[str, ...]
    spec: importlib.machinery.ModuleSpec | None = None
    text: str | None = None

    @property
    def project(self) -> str:
        """The folder of the code that it belongs to: the script's, or that of the module's package."""
        above = self.spec.name.count(".") if self.spec else 0
        return str(Path(self.file).parents[max(above - 1, 0)])

    def main(self) -> ModuleType:
        """A new `__main__`, as Python would have made it."""
        main = ModuleType(MAIN)
        if "__annotations__" in vars(sys.modules[MAIN]):  # Python puts it there up to 3.13.
            main.__annotations__ = {}
        main.__dict__.update(
            __file__=self.file,
            __builtins__=sys.modules["builtins"],
            __loader__=self.spec.loader if self.spec else importlib.machinery.SourceFileLoader(MAIN, self.file),
            __package__=self.spec.parent if self.spec else None,
            __spec__=self.spec,
            __cached__=self.spec.cached if self.spec else None,
        )
        if self.text is not None:
            main.__dict__["display"] = print  # Every cell of a notebook finds it there.
        return main

    def code(self) -> CodeType:
        """The compiled code; raises SyntaxError as Python would."""
        if self.spec is not None:
            code = self.spec.loader.get_code(self.spec.name)  # type: ignore[union-attr]
            assert isinstance(code, CodeType)
            return code
        if self.text is not None:
            give_text(self.file, self.text)
            return compile(self.text, self.file, "exec", dont_inherit=True)
        with io.open_code(self.file) as file:
            return compile(file.read(), self.file, "exec", dont_inherit=True)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended: its exit code, and whether Ctrl-C or we stopped it."""

    code: int = 0
    interrupted: bool = False
    stopped: bool = False


def script(name: str, arguments: tuple[str, ...]) -> Program:
    """The program in a file."""
    path = Path(name)
    if path.is_dir():
        raise NoSuchProgram(f"{name} is a folder: name the script in it")
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise NoSuchProgram(f"{name} cannot be run: {error.strerror or error}") from None
    return Program(os.path.normpath(path.absolute()), str(path.resolve().parent), (name, *arguments))


def module(name: str, arguments: tuple[str, ...]) -> Program:
    """The program in a module, or in the `__main__` of a package; its parents are imported, as Python does."""
    here = str(Path.cwd())
    with _first_in_path(here):
        spec = _spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = _spec(f"{name}.{MAIN}")
    if spec is None:
        raise NoSuchProgram(f"there is no module {name}, or it is a package without a {MAIN}")
    if spec.origin is None or not hasattr(spec.loader, "get_code"):
        raise NoSuchProgram(f"the module {name} has no Python code to run")
    return Program(spec.origin, here, (spec.origin, *arguments), spec)


def run(program: Program) -> Ending:
    """Run a program to its end. Its `__main__` stays: what it registered for the exit still needs it."""
    main = program.main()
    sys.modules[MAIN] = main
    if program.text is not None and sys.excepthook is sys.__excepthook__:
        sys.excepthook = traceback.print_exception  # Python's own reads the lines from the file.
    sys.argv = list(program.argv)
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = program.folder
    try:
        exec(program.code(), main.__dict__)
    except Stop:
        return Ending(stopped=True)
    except SystemExit as end:
        return Ending(stopped=True) if _while_stopping(end) else Ending(_exit_code(end))
    except KeyboardInterrupt as error:
        _show(error)
        return Ending(interrupted=True)
    except BaseException as error:
        _show(error)
        return Ending(FAILED)
    return Ending()


@contextmanager
def before_termination(act: Callable[[], None]) -> Iterator[None]:
    """Act when SIGTERM arrives, in this process and not in its children, then let it end the process.

    A script that handles SIGTERM itself, and a caller that has it ignored, are left alone.
    """
    owner = os.getpid()

    def handle(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        try:
            if os.getpid() == owner:
                act()
        finally:
            os.kill(os.getpid(), number)

    can = threading.current_thread() is threading.main_thread()
    if not can or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is handle:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def _first_in_path(folder: str) -> Iterator[None]:
    before = sys.path[0]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    try:
        yield
    finally:
        sys.path[0] = before


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise NoSuchProgram(f"the module {name} cannot be found: {error}") from None


def _exit_code(end: SystemExit) -> int:
    """The code that Python exits with; what is no number is printed."""
    match end.code:
        case None:
            return 0
        case int(code):
            return code
        case text:
            with suppress(OSError, ValueError, AttributeError):
                print(text, file=sys.stderr)
            return FAILED


def _while_stopping(error: BaseException) -> bool:
    """Whether the script turned our stop into an exit of its own."""
    context = error.__context__
    while context is not None and not isinstance(context, Stop):
        context = context.__context__
    return context is not None


def _show(error: BaseException) -> None:
    """Print a traceback as Python does, by the script's own hook if it set one, without our frames."""
    _leave_out_ours(error, set())
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:
        sys.__excepthook__(type(error), error, error.__traceback__)


def _leave_out_ours(error: BaseException, seen: set[int]) -> None:
    """Without our frames: those that ran the script, and those of wrapped functions further down."""
    if id(error) in seen:
        return
    seen.add(id(error))
    error.__traceback__ = _theirs(error.__traceback__)
    for other in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        if other is not None:
            _leave_out_ours(other, seen)


def _theirs(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(OURS):
            kept.append(trace)
        trace = trace.tb_next
    rest: TracebackType | None = None
    for each in reversed(kept):
        rest = TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rest
