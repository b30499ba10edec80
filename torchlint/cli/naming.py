"""Places as a reader knows them: under the path that was given, and in a notebook within their cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torchlint.facts.site import CellSite, Site
from torchlint.finding import Finding
from torchlint.fix import Patch
from torchlint.source.notebook import Notebook
from torchlint.source.text import NOTEBOOK, UnreadableText


@dataclass(slots=True)
class Names:
    """`given` are the paths that were linted, with the names under which they were given; `data` gives their bytes."""

    given: Mapping[str, str]
    data: Callable[[str], bytes] = lambda path: Path(path).read_bytes()
    _notebooks: dict[str, Notebook | None] = field(default_factory=dict)

    def finding(self, finding: Finding) -> Finding:
        """A finding with every place as a reader knows it."""
        patch = finding.patch and self._patch(finding.patch)
        return replace(finding.placed(self._site), fix=None, patch=patch)

    def _patch(self, patch: Patch) -> Patch:
        changes = tuple(replace(each, span=self._site(each.span)) for each in patch.changes)
        return replace(patch, changes=changes, otherwise=patch.otherwise and self._patch(patch.otherwise))

    def _site(self, site: Site) -> Site:
        named = replace(site, file=self.given.get(site.file, site.file))
        notebook = self._notebook(site.file) if site.file.endswith(NOTEBOOK) else None
        cell = None if notebook is None else notebook.cell_at(site.line - 1)
        if cell is None:
            return named
        place = named.file, named.line, named.column, named.end_line, named.end_column
        return CellSite(*place, cell=cell.number, above=cell.first_row)

    def _notebook(self, path: str) -> Notebook | None:
        if path not in self._notebooks:
            self._notebooks[path] = self._read(path)
        return self._notebooks[path]

    def _read(self, path: str) -> Notebook | None:
        try:
            return Notebook(self.data(path))
        except (OSError, UnreadableText):
            return None
