"""`torchlint new`: a rule and its fixture in a checkout of torchlint, or a rule of one's own anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import click

from torchlint.cli.failure import UsageError
from torchlint.cli.output import write
from torchlint.cli.rulebook import installed_rules
from torchlint.cli.terminal.completion import PATH
from torchlint.rule import SECTIONS
from torchlint.suggestion import did_you_mean

PACKAGE = Path("rules", "torchlint_rules")
FIXTURES = Path("fixtures")
USUAL_FAMILY = "hygiene"
USUAL_FOLDER = "lint"
OWN = range(801, 900)
"""The numbers that no rule of torchlint has: they are left to rules of one's own."""
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
CODE = re.compile(r"TL[0-9]{3}")
CODE_OF_RULE = re.compile(r'^RULE = Rule\(\s*(?:code=)?"(TL[0-9]{3})"', re.MULTILINE)

PROMPTS = {
    "What it finds": "One sentence that names the mistake.",
    "Why it is bad": "What happens to the training.",
    "Example": "```python\n# the mistake, as short as it can be\n```",
    "Use instead": "What to write, in one sentence.\n\n```python\n# the same, put right\n```",
    "What stays silent": "What looks like the mistake and is none.",
    "Fix safety": "There is no fix.",
    "Source": "Where the documentation says so: an address.",
}

RULE_FILE = '''"""{code} {name}

{page}
"""

from collections.abc import Iterator

from torchlint.facts.fact import Fact
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="{code}", name="{name}", severity=Severity.WARNING)


def check(fact: Fact) -> Iterator[Violation]:
    """Object to nothing yet; the type of `fact` says which facts this rule wants."""
    yield from ()
'''

FIXTURE_FILE = '''"""{code} {name}: what must be found, and what must not."""

import torch

mistake = torch.zeros(1)  # want: {code}
'''


@click.command()
@click.argument("name")
@click.option("--code", metavar="TLxxx", help="The rule's code; without it, the next free one of the family.")
@click.option(
    "--family", metavar="FOLDER", help="The folder under rules/torchlint_rules; without it, that of the code."
)
@click.option(
    "--rules", "folder", metavar="FOLDER", type=PATH, help=f"Write a rule of your own there.  [default: {USUAL_FOLDER}]"
)
def new(name: str, code: str | None, family: str | None, folder: str | None) -> None:
    """Write a new rule; nothing else is edited.

    In a checkout of torchlint, its fixture is written too, which fails until the rule finds what it says. Anywhere
    else, or with --rules, it is a rule of your own, for `torchlint --rules FOLDER`.
    """
    if NAME.fullmatch(name) is None:
        raise UsageError(f'a name is small letters with hyphens, as in "missing-eval-mode", not "{name}"')
    if code is not None and CODE.fullmatch(code) is None:
        raise UsageError(f'a code is TL and three digits, as in "TL214", not "{code}"')
    root = None if folder else _checkout()
    if root is None:
        if family is not None:
            raise UsageError("--family takes a checkout of torchlint; rules of your own need none")
        _write_own(name, code, Path(folder or USUAL_FOLDER))
        return
    families = _families(root)
    family = family or _family_of(code, families)
    if family not in families:
        near = did_you_mean(family, families)
        raise UsageError(f'there is no family "{family}" under {PACKAGE}{near} (families: {", ".join(families)})')
    module = name.replace("-", "_") + ".py"
    twin = next((root / PACKAGE).glob(f"*/{module}"), None)
    if twin is not None:
        raise UsageError(f"there is a rule {name} already, in {twin.relative_to(root)}")
    taken = {code: folder for folder, codes in families.items() for code in codes}
    if code in taken:
        raise UsageError(f"{code} is taken, in {PACKAGE / taken[code]}")
    code = code or _next_code(family, families)
    files = {
        PACKAGE / family / module: RULE_FILE.format(page=_page(), code=code, name=name),
        FIXTURES / family / module: FIXTURE_FILE.format(code=code, name=name),
    }
    for path in files:
        if (root / path).exists():
            raise UsageError(f"{path} exists already")
    for path, text in files.items():
        _write(root / path, text)
        write(f"{code}: wrote {path}\n")


def _write_own(name: str, code: str | None, folder: Path) -> None:
    """Write a rule of one's own, with a code that neither torchlint nor another rule in the folder has."""
    taken = dict.fromkeys(installed_rules(), "torchlint")
    for file in folder.rglob("*.py"):
        taken.update(dict.fromkeys(_codes_in([file]), str(file)))
    twin = next((each.rule.code for each in installed_rules().values() if each.rule.name == name), None)
    if twin is not None:
        raise UsageError(f"there is a rule {name} already, {twin}")
    if code in taken:
        raise UsageError(f"{code} is taken, in {taken[code]}")
    code = code or next((free for number in OWN if (free := f"TL{number}") not in taken), None)
    if code is None:
        raise UsageError("no code from TL801 to TL899 is left: name one with --code")
    path = folder / (name.replace("-", "_") + ".py")
    if path.exists():
        raise UsageError(f"{path} exists already")
    _write(path, RULE_FILE.format(page=_page(), code=code, name=name))
    write(f"{code}: wrote {path}\nUse it with `torchlint --rules {folder}`.\n")


def _checkout() -> Path | None:
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / PACKAGE).is_dir()), None)


def _families(root: Path) -> dict[str, list[str]]:
    """The folders of rules, each with the codes of its rules."""
    families: dict[str, list[str]] = {}
    for marker in sorted((root / PACKAGE).glob("*/__init__.py")):
        families[marker.parent.name] = sorted(_codes_in(marker.parent.glob("*.py")))
    return families


def _codes_in(files: Iterable[Path]) -> list[str]:
    return [code for file in files for code in CODE_OF_RULE.findall(file.read_text("utf-8"))]


def _family_of(code: str | None, families: dict[str, list[str]]) -> str:
    """The folder whose rules begin as this code does."""
    if code is None:
        return USUAL_FAMILY if USUAL_FAMILY in families else next(iter(families), USUAL_FAMILY)
    for family, codes in families.items():
        if any(known[:3] == code[:3] for known in codes):
            return family
    raise UsageError(f"no family has a code like {code}: name one with --family")


def _next_code(family: str, families: dict[str, list[str]]) -> str:
    if not families[family]:
        raise UsageError(f'the family "{family}" has no rules yet: name a code with --code')
    number = int(families[family][-1][2:]) + 1
    if number % 100 == 0:
        raise UsageError(f'the family "{family}" has no free code left: name one with --code')
    return f"TL{number}"


def _page() -> str:
    return "\n\n".join(f"## {title}\n\n{PROMPTS[title]}" for title in SECTIONS)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
