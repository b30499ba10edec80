"""The fixtures say what must be found: `# want: TL204` for its line, `# want+1: TL204` for the next.

Every folder that holds scripts is linted as one project, with every rule that is on by default and those that
its comments name. What is missing and what is unexpected fail alike.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchlint.judge import judge
from torchlint.rule import LoadedRule, load_rules
from torchlint.source.lint import examine
from torchlint.source.position import locate

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOLDERS = sorted({file.parent for file in FIXTURES.rglob("*.py")})
WANT = re.compile(r"#\s*want(?:\+(?P<later>\d+))?:\s*(?P<codes>TL\d{3}(?:\s*,\s*TL\d{3})*)")
LIKE_WANT = re.compile(r"#\s*want\b", re.IGNORECASE)

Found = tuple[str, int, str]


@pytest.fixture(scope="module")
def rules() -> dict[str, LoadedRule]:
    return load_rules()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_the_scripts_of_a_folder(folder: Path, rules: dict[str, LoadedRule]) -> None:
    files = [file for file in sorted(folder.glob("*.py")) if not file.name.endswith(".fixed.py")]
    wanted = {each for file in files for each in wants(file)}
    named = {code for _, _, code in wanted}
    assert named <= rules.keys(), f"no such rules: {named - rules.keys()}"
    wanted = {each for each in wanted if "S" in rules[each[2]].rule.eyes}  # The others are wanted of the live eye.
    on = [rule for code, rule in rules.items() if rule.rule.default or code in named]
    found = findings(files, on)
    differences = [f"missing     {_line(each)}" for each in sorted(wanted - found)]
    differences += [f"unexpected  {_line(each)}" for each in sorted(found - wanted)]
    assert not differences, "\n" + "\n".join(differences)


def test_wants_are_read_from_comments_alone(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text('text = "# want: TL101"\n# want+1: TL201, TL301\nloss.backward()  # want: TL204\n')
    name = file.as_posix()
    assert set(wants(file)) == {(name, 3, "TL201"), (name, 3, "TL301"), (name, 3, "TL204")}


def test_a_misspelled_want_is_no_want(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("loss.backward()  # want TL204\n")
    with pytest.raises(AssertionError, match=r"train\.py:1"):
        list(wants(file))


def wants(file: Path) -> Iterator[Found]:
    """What the comments of a file say must be found."""
    with tokenize.open(file) as text:
        comments = [token for token in tokenize.generate_tokens(text.readline) if token.type == tokenize.COMMENT]
    for comment in comments:
        want = WANT.search(comment.string)
        line = comment.start[0]
        assert want or not LIKE_WANT.search(comment.string), f"{file}:{line}: write `# want: TL204`"
        if want is not None:
            for code in want["codes"].split(","):
                yield file.as_posix(), line + int(want["later"] or 0), code.strip()


def findings(files: list[Path], rules: list[LoadedRule]) -> set[Found]:
    """What the linter finds in these files, linked as one project."""
    paths = [file.as_posix() for file in files]
    examination = examine(paths, jobs=1)
    found = [each for each in judge(examination.facts, rules) if each.site.file in paths]
    places = locate((each.site for each in found), examination.texts)
    unread = {(problem.path, problem.line, problem.code) for problem in examination.problems}
    return unread | {(each.site.file, places[each.site].line, each.code) for each in found}


def _line(found: Found) -> str:
    file, line, code = found
    return f"{Path(file).relative_to(FIXTURES).as_posix()}:{line} {code}"
