"""`torchlint explain` and `torchlint rules`: what the rules say, read from their files."""

from __future__ import annotations

import json

import click

from torchlint.cli.output import write
from torchlint.cli.rulebook import address, find, installed_rules
from torchlint.rule import LoadedRule

FORMS = ("text", "markdown", "json")
COLUMNS = ("code", "name", "severity", "eyes", "default", "fix", "summary")


@click.command()
@click.argument("rule", metavar="CODE|NAME")
def explain(rule: str) -> None:
    """Print the page of a rule."""
    found = find(rule, installed_rules())
    facts = found.rule
    eyes = {"S": "source", "L": "live run", "SL": "source and live run"}[facts.eyes]
    on = "on by default" if facts.default else "off by default"
    head = f"# {facts.name} ({facts.code})\n\n{facts.severity.value} · {on} · {eyes} · fix: {facts.fix}\n\n"
    write(head + found.page[found.page.find("## ") :] + "\n")


@click.command()
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
def rules(form: str) -> None:
    """List every rule."""
    loaded = installed_rules().values()
    rows = [_row(rule) for rule in loaded]
    match form:
        case "json":
            typed = [{**_row(rule), "default": rule.rule.default, "url": address(rule)} for rule in loaded]
            write(json.dumps(typed, indent=2) + "\n")
        case "markdown":
            write(_markdown(rows))
        case _:
            write(_text(rows))


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
