"""Where the run is: the user's own lines on the stack, the outermost first."""

from __future__ import annotations

import ast
import dis
import inspect
import os
import sys
import sysconfig
from collections.abc import Callable
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType

from torchlint.facts.site import Site
from torchlint.live import script
from torchlint.live.text.pages import Loop, Page, called

Pages = Callable[[str], Page]
_HAS_POSITIONS = sys.version_info >= (3, 11)
_ADVANCES = frozenset(dis.opmap[name] for name in ("FOR_ITER", "SEND") if name in dis.opmap)
_INTERACTIVE = ("<stdin>", "<ipython-input", "<string>")


class Spot:
    """One instruction in the user's code. There is one spot for each, so they are compared by identity.

    `order` grows in the order in which the calls of a function's text are made.
    """

    def __init__(self, code: CodeType, instruction: int, line: int, pages: Pages) -> None:
        self.code = code
        self.line = line
        self._pages = pages
        self._instruction = instruction
        extent = _extent(code, instruction)
        self.advances = code.co_code[instruction] in _ADVANCES
        self._extent = extent
        if extent is None:
            self.order = (line, instruction)
        else:
            self.order = (extent[0], extent[2]) if self.advances else (extent[1], extent[3])

    @cached_property
    def page(self) -> Page:
        """The file that it stands in."""
        return self._pages(self.code.co_filename)

    @cached_property
    def node(self) -> ast.AST | None:
        """The call that is being made, else the statement."""
        page = self.page
        if self.advances:
            loop = page.loop_at(self._extent[0] if self._extent else self.line)
            comprehension = page.comprehension_at(self._extent) if self._extent else None
            found = comprehension or loop if self._in_comprehension else loop or comprehension
            if found is not None:
                return found
        if self._extent is not None:
            call = page.calls.get((self._extent[1], self._extent[3]))
            if call is not None:
                return call
        return page.statement_at(self.line)

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """The loops of its own function around it, outermost first."""
        if self.node is None:
            return ()
        return self.page.loops_around(self.node, advancing=self.advances, in_comprehension=self._in_comprehension)

    @property
    def _in_comprehension(self) -> bool:
        """Whether its function is a comprehension."""
        return self.code.co_name.startswith("<") and self.code.co_name not in ("<module>", "<lambda>")

    @cached_property
    def site(self) -> Site:
        """The call, else the statement, else the line."""
        return self.page.site_of_line(self.line) if self.node is None else self.page.site(self.node)

    def site_of_call(self, name: str) -> Site:
        """The place of a call by its name, for a Python that does not tell which call of a line is being made."""
        if not _HAS_POSITIONS:
            call = self.page.call_on(self.line, name)
            if call is not None:
                return self.page.site(call)
        return self.site

    def calls(self, name: str) -> bool:
        """Whether the text calls something of this name here."""
        call = self.node if isinstance(self.node, ast.Call) else self.page.call_on(self.line, name)
        return call is not None and called(call) == name

    @property
    def function(self) -> str:
        """The name of the function that it stands in, empty at module level."""
        return "" if self.code.co_name == "<module>" else self.code.co_name


Entry = tuple[int, Spot]
"""A frame, by its identity, and where it is."""
Chain = list[Entry]


def spots_of(chain: Chain) -> tuple[Spot, ...]:
    """Where each frame of a chain is: the same spots mean the same place, reached in the same way."""
    return tuple([spot for _, spot in chain])


def innermost(chain: Chain) -> Spot | None:
    """Where the innermost frame is, None if no line of the user's led here."""
    return chain[-1][1] if chain else None


def builders(chain: Chain, kind: type) -> tuple[Spot, ...]:
    """The calls that lead to an object being built, without those in the constructors of its own class."""
    constructors = (getattr(vars(base).get("__init__"), "__code__", None) for base in kind.__mro__)
    own = {id(code) for code in constructors if code is not None}
    spots = list(spots_of(chain))
    while spots and id(spots[-1].code) in own:
        spots.pop()
    return tuple(spots)


RUNS_THE_SCRIPT = script.run.__code__


class Places:
    """Finds the user's frames; what was worked out once is kept."""

    def __init__(self) -> None:
        self._spots: dict[tuple[int, int], Spot] = {}
        self._same: dict[tuple[int, tuple[int, int], bool], Spot] = {}
        self._mine: dict[str, bool] = {}
        self._page_of: dict[str, Page] = {}
        self._machinery = _machinery()

    def chain(self, frame: FrameType | None) -> Chain:
        """The user's frames from this one outwards, the outermost first."""
        mine, spots = self._mine, self._spots
        found: Chain = []
        while frame is not None:
            code = frame.f_code
            # By identity: hashing a code object hashes all its bytecode. The spot keeps it, so it stays its own.
            spot = spots.get((id(code), frame.f_lasti))
            if spot is not None:
                found.append((id(frame), spot))
            elif code is RUNS_THE_SCRIPT:
                break  # What is further out is the command that we are, and its launcher.
            else:
                users = mine.get(code.co_filename)
                if users is None:
                    users = mine[code.co_filename] = self._is_users(code.co_filename, frame)
                if users:
                    found.append((id(frame), self._spot(code, frame)))
            frame = frame.f_back
        found.reverse()
        return found

    def here(self) -> Site | None:
        """The user's innermost place right now, None if no line of the user's leads here."""
        spot = innermost(self.chain(sys._getframe(1)))
        return spot.site if spot is not None else None

    def page(self, path: str) -> Page:
        """A file, read once."""
        found = self._page_of.get(path)
        if found is None:
            found = self._page_of[path] = Page(path if path.startswith("<") else _absolute(path))
        return found

    @property
    def files(self) -> list[str]:
        """The files of the user's that were seen to run."""
        return [path for path, users in self._mine.items() if users]

    def _spot(self, code: CodeType, frame: FrameType) -> Spot:
        spot = Spot(code, frame.f_lasti, frame.f_lineno, self.page)
        # Python 3.11 makes one call from either of two instructions, as it gets warm.
        spot = self._same.setdefault((id(code), spot.order, spot.advances), spot)
        self._spots[id(code), frame.f_lasti] = spot
        return spot

    def _is_users(self, path: str, frame: FrameType) -> bool:
        if path.startswith("<"):
            return path.startswith(_INTERACTIVE) and frame.f_globals.get("__name__") == "__main__"
        return self.is_users_file(path)

    def is_users_file(self, path: str) -> bool:
        """Whether a file is neither Python's nor torch's nor ours nor an installed package's."""
        if path.startswith("<"):
            return False
        absolute = _absolute(path)
        inside = absolute.startswith(self._machinery)
        return not inside and f"{os.sep}site-packages{os.sep}" not in absolute


class Here:
    """The place of what is happening now; to be asked for while it happens. Called, it gives the site."""

    __slots__ = ("_chain", "_places", "frame")

    def __init__(self, places: Places, frame: FrameType) -> None:
        self._places = places
        self.frame: FrameType | None = frame
        self._chain: Chain | None = None

    @property
    def chain(self) -> Chain:
        """The user's frames that led here, the outermost first."""
        if self._chain is None:
            self._chain = self._places.chain(self.frame)
        return self._chain

    def kept(self) -> Here:
        """The same, to be asked for its place later too."""
        if self._chain is None:
            self._chain = self._places.chain(self.frame)
        return self

    def __call__(self) -> Site:
        """The user's innermost place."""
        spot = innermost(self.chain)
        return spot.site if spot is not None else NOWHERE

    @property
    def via(self) -> tuple[Site, ...]:
        """The user's calls that led to the place, the outermost first."""
        return tuple(spot.site for _, spot in self.chain[:-1])


NOWHERE = Site("<unknown>", 0)
"""The place of what no line of the user's led to."""


def _extent(code: CodeType, instruction: int) -> tuple[int, int, int, int] | None:
    """First and last line, first and last byte of an instruction's text."""
    if sys.version_info < (3, 11):
        return None
    line, end_line, start, end = next(islice(code.co_positions(), instruction // 2, None))
    if line is None or end_line is None or start is None or end is None:
        return None
    return line, end_line, start, end


def _machinery() -> tuple[str, ...]:
    """The folders of Python, of torch and of ourselves."""
    import torch

    paths = sysconfig.get_paths()
    folders = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]}
    folders |= {str(Path(inspect.getfile(module)).parent) for module in (os, torch)}
    folders.add(str(Path(__file__).absolute().parents[2]))
    return tuple(_absolute(folder) + os.sep for folder in folders)


def _absolute(path: str) -> str:
    return os.path.normpath(Path(path).absolute())
