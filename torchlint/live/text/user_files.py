"""Which files are the user's, and their pages, each read once."""

from __future__ import annotations

import ast
import inspect
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from torchlint.live.text.pages import Page
from torchlint.report.place import absolute

_INTERACTIVE = ("<stdin>", "<ipython-input", "<string>")
OURS = Path(__file__).absolute().parents[2]


class UserFiles:
    """Tells the user's files from those of Python, of torch, of ourselves and of installed packages.

    `seen` holds, for each file name of code that was met on the stack, whether it is the user's.
    """

    def __init__(self) -> None:
        self.seen: dict[str, bool] = {}
        self._page_of: dict[str, Page] = {}
        self._machinery = _machinery()

    def meet(self, path: str, module: str) -> bool:
        """Whether code of a file that is met on the stack, in a module of this name, is the user's."""
        interactive = path.startswith(_INTERACTIVE) and module == "__main__"
        mine = self.seen[path] = interactive or self.is_users(path)
        return mine

    def is_users(self, path: str) -> bool:
        """Whether a file is neither Python's nor torch's nor ours nor an installed package's."""
        if path.startswith("<"):
            return False
        whole = absolute(path)
        inside = whole.startswith(self._machinery)
        return not inside and f"{os.sep}site-packages{os.sep}" not in whole

    def page(self, path: str) -> Page:
        """A file, read once."""
        found = self._page_of.get(path)
        if found is None:
            found = self._page_of[path] = Page(path if path.startswith("<") else absolute(path))
        return found

    def pages(self) -> Iterator[Page]:
        """The user's files that were seen to run."""
        return (self.page(path) for path, mine in self.seen.items() if mine)

    def names_read(self) -> Iterator[str]:
        """The attributes that the user's files read, and their strings, in the files that were seen to run."""
        for page in self.pages():
            for node in page.parents:
                match node:
                    case ast.Attribute(attr=name, ctx=ast.Load()) | ast.Constant(value=str(name)):
                        yield name


def _machinery() -> tuple[str, ...]:
    """The folders of Python, of torch and of ourselves."""
    paths = sysconfig.get_paths()
    folders = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]}
    folders |= {str(Path(inspect.getfile(module)).parent) for module in (os, sys.modules["torch"])}
    folders.add(str(OURS))
    return tuple(absolute(folder) + os.sep for folder in folders)
