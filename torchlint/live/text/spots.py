"""One instruction of the user's code, and what its text says there."""

from __future__ import annotations

import ast
import dis
import sys
from collections.abc import Callable
from functools import cached_property
from itertools import islice
from types import CodeType

from torchlint.facts.site import Site
from torchlint.live.text.pages import Loop, Page, called

Pages = Callable[[str], Page]
_HAS_POSITIONS = sys.version_info >= (3, 11)
_ADVANCES = frozenset(dis.opmap[name] for name in ("FOR_ITER", "SEND") if name in dis.opmap)


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

    @property
    def statement_site(self) -> Site:
        """The statement, else the line."""
        return self.page.site_of_statement(self.line)

    def site_of_call(self, name: str) -> Site:
        """The place of a call by its name, for a Python that does not say which call of a line is being made."""
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


def _extent(code: CodeType, instruction: int) -> tuple[int, int, int, int] | None:
    """First and last line, first and last byte of an instruction's text."""
    if sys.version_info < (3, 11):
        return None
    line, end_line, start, end = next(islice(code.co_positions(), instruction // 2, None))
    if line is None or end_line is None or start is None or end is None:
        return None
    return line, end_line, start, end
