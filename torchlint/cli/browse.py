"""`torchlint explain`, `torchlint rules` and `torchlint schema`: what is written down, read from its files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import click

from torchlint.cli.failure import UsageError
from torchlint.cli.output import write, write_file
from torchlint.cli.rulebook import address, find, installed_rules
from torchlint.rule import LoadedRule

FORMS = ("text", "markdown", "json")
SCHEMAS = ("output", "configuration")
COLUMNS = ("code", "name", "severity", "eyes", "default", "fix", "summary")


@click.command()
@click.argument("rule", metavar="CODE|NAME")
def explain(rule: str) -> None:
    """Print the page of a rule; of the start of a code, such as TL2, list the rules."""
    found = find(rule, installed_rules())
    write(_page(found[0]) if len(found) == 1 else _text([_row(each) for each in found]))


@click.command()
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@click.option("--output-folder", metavar="FOLDER", help="Write markdown here: an index, and a page for each rule.")
def rules(form: str, output_folder: str | None) -> None:
    """List every rule."""
    loaded = installed_rules().values()
    rows = [_row(rule) for rule in loaded]
    if output_folder is not None:
        if form != "markdown":
            raise UsageError("--output-folder takes --format markdown")
        _write_pages(loaded, rows, Path(output_folder))
        return
    match form:
        case "json":
            typed = [{**_row(rule), "default": rule.rule.default, "url": address(rule)} for rule in loaded]
            write(json.dumps(typed, indent=2) + "\n")
        case "markdown":
            write(_markdown(rows))
        case _:
            write(_text(rows))


@click.command()
@click.argument("what", type=click.Choice(SCHEMAS))
def schema(what: str) -> None:
    """Print the JSON schema of what `--output json` writes, or of the configuration."""
    write((files("torchlint") / "schemas" / f"{what}.json").read_text("utf-8"))


def _page(loaded: LoadedRule) -> str:
    rule = loaded.rule
    eyes = {"S": "source", "L": "live run", "SL": "source and live run"}[rule.eyes]
    on = "on by default" if rule.default else "off by default"
    head = f"# {rule.name} ({rule.code})\n\n{rule.severity.value} · {on} · {eyes} · fix: {rule.fix}\n\n"
    return head + loaded.page[loaded.page.find("## ") :] + "\n"


def _write_pages(loaded: Iterable[LoadedRule], rows: list[dict[str, str]], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from None
    linked = [{**row, "name": f"[{row['name']}]({row['name']}.md)"} for row in rows]
    write_file("# Rules\n\n" + _markdown(linked), str(folder / "index.md"))
    for rule in loaded:
        write_file(_page(rule), str(folder / f"{rule.rule.name}.md"))


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
    widths = {column: max(len(row[column]) for row in rows) for column in COLUMNS[:-1]}
    lines = ([*(row[column].ljust(width) for column, width in widths.items()), row["summary"]] for row in rows)
    return "".join("  ".join(line).rstrip() + "\n" for line in lines)
