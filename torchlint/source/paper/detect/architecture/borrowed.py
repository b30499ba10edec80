"""The attributes that the files of a program take from objects, whichever these are."""

from __future__ import annotations

from torchlint.source.paper.domain.values import ProjectClass
from torchlint.source.project import Project


class Borrowed:
    """The names that a program takes from anything but `self`, or that stand in its strings, by a file of it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, frozenset[str]] = {}

    def beside(self, owner: ProjectClass) -> frozenset[str]:
        """Those of the program that a class is of."""
        path = owner.module.path if owner.module is not None else ""
        if path not in self._known:
            modules = self._project.of_one_program(path)
            self._known[path] = frozenset().union(*(module.summary.borrowed for module in modules))
        return self._known[path]
