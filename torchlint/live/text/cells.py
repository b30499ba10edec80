"""The cells of a running notebook: which code file is which cell, by the number that the notebook shows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace

from torchlint.facts.site import Site
from torchlint.finding import Finding


def cells() -> Mapping[str, str]:
    """The files of the cells that were run, with how the notebook names each (`In [3]`); empty outside of one.

    IPython keeps them for its own tracebacks.
    """
    package = sys.modules.get("IPython")
    shell = package.get_ipython() if package is not None else None
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", {})
    return {file: f"In [{number}]" for file, number in numbers.items()}


def named(finding: Finding, names: Mapping[str, str]) -> Finding:
    """A finding with the names of cells for their files."""

    def in_cell(site: Site) -> Site:
        return replace(site, file=names.get(site.file, site.file))

    return finding.placed(in_cell)
