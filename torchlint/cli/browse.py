"""`torchlint explain`, `torchlint rules` and `torchlint schema`: what is written down, read from its files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from torchlint.cli.failure import UsageError
from torchlint.cli.options import RULE_FOLDERS
from torchlint.cli.output import use_colours, write, write_file
from torchlint.cli.rulebook import find, published, rules_with
from torchlint.cli.terminal.capabilities import reading_width, width
from torchlint.cli.terminal.completion import RULES
from torchlint.cli.terminal.page import rendered
from torchlint.report.address import address, page_file
from torchlint.report.paint import Paint
from torchlint.rule import LoadedRule

FORMS = ("text", "markdown", "json", "html")
SCHEMAS = ("output", "configuration")
SHIPPED = Path(__file__).parents[1] / "schemas"
COLUMNS = ("code", "name", "severity", "eyes", "default", "fix", "summary")


@click.command()
@click.argument("rule", metavar="CODE|NAME", type=RULES)
@RULE_FOLDERS
def explain(rule: str, rule_folders: tuple[str, ...]) -> None:
    """Print the page of a rule; of the start of a code, such as TL2, list the rules."""
    found = find(rule, rules_with(rule_folders))
    if len(found) > 1:
        write(_text([_row(each) for each in found]))
        return
    page, colours = _page(found[0]), use_colours(os.environ, sys.stdout)
    if colours or _is_terminal():
        page = rendered(page, reading_width(), Paint(colours))
    write(page, colours=colours)


@click.command()
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@click.option("--output", "-o", metavar="FOLDER", help="Write an index and a page for each rule, as markdown or html.")
@RULE_FOLDERS
def rules(form: str, output: str | None, rule_folders: tuple[str, ...]) -> None:
    """List every rule."""
    loaded = list(rules_with(rule_folders).values())
    rows = [_row(rule) for rule in loaded]
    if output is not None:
        _write_pages(loaded, rows, form, Path(output))
        return
    match form:
        case "json":
            typed = [{**_row(rule), "default": rule.rule.default, "url": address(rule, published())} for rule in loaded]
            write(json.dumps(typed, indent=2) + "\n")
        case "markdown":
            write(_markdown(rows))
        case "html":
            raise UsageError("--format html takes --output FOLDER")
        case _:
            write(_text(rows))


@click.command()
@click.argument("what", type=click.Choice(SCHEMAS))
def schema(what: str) -> None:
    """Print the JSON schema of what `--output json` writes, or of the configuration."""
    write((SHIPPED / f"{what}.json").read_text("utf-8"))


def _page(loaded: LoadedRule) -> str:
    rule = loaded.rule
    eyes = {"S": "source", "L": "live run", "SL": "source and live run"}[rule.eyes]
    on = "on by default" if rule.default else "off by default"
    head = f"# {rule.name} ({rule.code})\n\n{rule.severity.value} · {on} · {eyes} · fix: {rule.fix}\n\n"
    return head + loaded.page[loaded.page.find("## ") :] + "\n"


def _write_pages(loaded: list[LoadedRule], rows: list[dict[str, str]], form: str, folder: Path) -> None:
    match form:
        case "markdown":
            pages = _markdown_pages(loaded, rows)
        case "html":
            pages = _html_pages(loaded, rows)
        case _:
            raise UsageError("--output takes --format markdown or --format html")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from None
    for name, text in pages.items():
        write_file(text, str(folder / name))
    write(f"{folder}: wrote {len(pages)} pages\n")


def _markdown_pages(loaded: list[LoadedRule], rows: list[dict[str, str]]) -> dict[str, str]:
    linked = [{**row, "name": f"[{row['name']}]({page_file(row['code'], 'md')})"} for row in rows]
    pages = {page_file(each.rule.code, "md"): _page(each) for each in loaded}
    return {"index.md": "# Rules\n\n" + _markdown(linked), **pages}


def _html_pages(loaded: list[LoadedRule], rows: list[dict[str, str]]) -> dict[str, str]:
    from torchlint.report.pages import INDEX, index, rule_page

    codes = [each.rule.code for each in loaded]
    pages = {page_file(each.rule.code): rule_page(each.rule.name, _page(each), codes) for each in loaded}
    return {INDEX: index(loaded, rows), **pages}


def _row(rule: LoadedRule) -> dict[str, str]:
    facts = rule.rule
    on = "yes" if facts.default else "opt"
    values = (facts.code, facts.name, facts.severity.value, facts.eyes, on, facts.fix, rule.summary)
    return dict(zip(COLUMNS, values, strict=True))


def _markdown(rows: list[dict[str, str]]) -> str:
    lines = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    lines += [" | ".join(value.replace("|", "\\|") for value in row.values()) for row in rows]
    return "".join(f"| {line} |\n" for line in lines)


def _text(rows: list[dict[str, str]]) -> str:
    """A line for each rule; on a terminal, summaries are cut where it ends."""
    widths = {column: max(len(row[column]) for row in rows) for column in COLUMNS[:-1]}
    room = width() if _is_terminal() else None
    lines = ("  ".join((*(row[name].ljust(most) for name, most in widths.items()), row["summary"])) for row in rows)
    return "".join(f"{_cut(line.rstrip(), room)}\n" for line in lines)


def _cut(line: str, room: int | None) -> str:
    return line if room is None or len(line) <= room else f"{line[: max(room - 3, 0)]}..."


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
