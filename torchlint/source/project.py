"""The files that were read as one project: which module an import means, found as Python would find it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torchlint.knowledge.packages import INSTALLED
from torchlint.source.syntax import Summary

READ_FOR_LINKING = 40


@dataclass(slots=True, eq=False)
class Module:
    """One file: `given` is False when it was read only because a given file imports it.

    `home` is the outermost package that it is in, or the file itself.
    """

    path: str
    name: str
    is_package: bool
    summary: Summary
    given: bool
    home: str
    names: set[str] = field(default_factory=set)


class Project:
    """All modules, and the way from an import to one of them.

    `load` reads a file that was not given but is imported; it returns None when there is nothing to learn from it.
    """

    def __init__(self, summaries: list[Summary], load: Callable[[str], Summary | None]) -> None:
        self.modules = {summary.path: _module(summary, given=True) for summary in summaries}
        self._places = {name for path in self.modules for name in (Path(path).stem, Path(path).parent.name)}
        self._load = load
        self._program: dict[str, str] = {}
        self._loaded = 0
        self._missing: set[str] = set()

    def find(self, dotted: str, level: int, importer: Module) -> Module | None:
        """The module that `importer` means by a dotted name with `level` leading dots, if it is of the project."""
        found = self._find(dotted, level, importer)
        if found is not None:
            self._program[self._program_of(found.path)] = self._program_of(importer.path)
        return found

    def are_of_one_program(self, first: str, second: str) -> bool:
        """Whether imports that were followed lead from one file to the other, in either direction or over others."""
        return self._program_of(first) == self._program_of(second)

    def of_one_program(self, path: str) -> list[Module]:
        """The modules that imports connect with a file, itself included."""
        program = self._program_of(path)
        return [module for module in self.modules.values() if self._program_of(module.path) == program]

    def _program_of(self, path: str) -> str:
        """The file or package that stands for all that imports connect with this file.

        The files of a package are of one program, whether they import each other or find each other by name.
        """
        module = self.modules.get(path)
        if module is not None:
            path = module.home
        while (further := self._program.get(path, path)) != path:
            path = further
        return path

    def _find(self, dotted: str, level: int, importer: Module) -> Module | None:
        here = Path(importer.path).parent
        if level:
            for _ in range(level - 1):
                here = here.parent
            return self._at(here, dotted)
        first = dotted.partition(".")[0]
        if first in sys.stdlib_module_names:
            return self._known(here, dotted, importer)
        if first in INSTALLED:
            known = self._known(here, dotted, importer)
            return self._beside(here, dotted) if known is None and first in self._places else known
        for root in _roots(here):
            found = self._at(root, dotted)
            if found is not None:
                return found
        return None

    def _known(self, here: Path, dotted: str, importer: Module) -> Module | None:
        # A package that is linted from its own folder imports itself by its installed name.
        if importer.name.partition(".")[0] != dotted.partition(".")[0]:
            return None
        return self._at(_package_root(here), dotted)

    def _beside(self, here: Path, dotted: str) -> Module | None:
        """A given file that a script finds before the package of that name, such as its own `datasets.py`."""
        for root in _roots(here):
            base = root.joinpath(*dotted.split("."))
            found = self.modules.get(f"{base}.py") or self.modules.get(str(base / "__init__.py"))
            if found is not None and found.given and not (root / "__init__.py").is_file():
                return found
        return None

    def _at(self, root: Path, dotted: str) -> Module | None:
        base = root.joinpath(*dotted.split(".")) if dotted else root
        for path in (f"{base}.py", str(base / "__init__.py")):
            if dotted == "" and not path.endswith("__init__.py"):
                continue
            module = self.modules.get(path)
            if module is not None:
                return module
            module = self._read(path)
            if module is not None:
                return module
        return None

    def _read(self, path: str) -> Module | None:
        if path in self._missing:
            return None
        if self._loaded >= READ_FOR_LINKING or not Path(path).is_file():
            self._missing.add(path)
            return None
        self._loaded += 1
        summary = self._load(path)
        if summary is None:
            self._missing.add(path)
            return None
        self.modules[path] = _module(summary, given=False)
        return self.modules[path]


def _module(summary: Summary, *, given: bool) -> Module:
    path = Path(summary.path)
    is_package = path.name == "__init__.py"
    root = _package_root(path.parent)
    parts = (path.parent if is_package else path.with_suffix("")).relative_to(root).parts
    home = str(root) if is_package or len(parts) > 1 else summary.path
    return Module(summary.path, ".".join(parts), is_package, summary, given, home)


def _package_root(folder: Path) -> Path:
    """The folder that holds the outermost package around this one."""
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def _roots(here: Path) -> list[Path]:
    """Where Python looks: beside the script, beside its package, and in the folders above, to the project's top."""
    roots = [here]
    root = _package_root(here)
    for _ in range(4):
        if root not in roots and root.name not in ("site-packages", "dist-packages"):
            roots.append(root)
        if (root / "pyproject.toml").is_file() or (root / ".git").exists() or root.parent == root:
            break
        root = root.parent
    return roots
