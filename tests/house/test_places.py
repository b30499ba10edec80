"""What stands where: package markers, scripts that compile, a README that is current."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from torchlint.cli.main import main

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- rules: begin -->\n", "<!-- rules: end -->\n"


@pytest.mark.parametrize("folder", ["rules", "tests", "fixtures"])
def test_no_package_marker_stands_directly_in(folder: str) -> None:
    """It would make the folder importable under a name that others use too."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_every_fixture_compiles() -> None:
    for script in sorted((ROOT / "fixtures").rglob("*.py")):
        compile(script.read_bytes(), str(script), "exec", dont_inherit=True)


def test_the_table_of_rules_in_the_readme_is_current() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme.count(BEGIN) == readme.count(END) == 1
    table = readme.partition(BEGIN)[2].partition(END)[0].strip()
    current = CliRunner().invoke(main, ["rules", "--format", "markdown"], standalone_mode=False).output.strip()
    assert table == current, "put what `torchlint rules --format markdown` prints between the markers"
