"""`--show-files` and `--show-settings`: what would be linted, and how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from torchlint.cli.configuration import Configuration
from torchlint.cli.discovery import Found
from torchlint.cli.linting import Work
from torchlint.report.place import absolute, shown
from torchlint.selection import severity_of


def files(found: Found) -> str:
    """The files that would be linted, a line each."""
    return "".join(f"{file}\n" for file in found.files)


def settings(work: Work) -> str:
    """For each configuration: the files that it is for, and what it says, as TOML; without files, for this folder."""
    by_configuration: dict[int, tuple[Configuration, list[str]]] = {}
    for name in sorted(map(absolute, work.names().values())):
        configuration = work.configurations.of(name)
        by_configuration.setdefault(id(configuration), (configuration, []))[1].append(name)
    groups = list(by_configuration.values()) or [(work.configurations.of_folder(Path.cwd()), ["."])]
    return "\n".join("".join(f"{line}\n" for line in _settings(work, *group)) for group in groups)


def _settings(work: Work, configuration: Configuration, names: list[str]) -> Iterator[str]:
    others = f" and {len(names) - 1} more" if len(names) > 1 else ""
    yield f"# For {shown(names[0])}{others}."
    file = configuration.file
    yield "# No configuration is read: these are the defaults." if file is None else f"# Read from {shown(str(file))}."
    yield "select = ["
    yield from (f"    {line}" for line in _rules(work, configuration))
    yield "]"
    yield from _written(configuration)


def _rules(work: Work, configuration: Configuration) -> Iterator[str]:
    """The rules that are on where `per-file-ignores` says nothing."""
    for code in sorted(work.enabled_by(configuration)):
        rule = work.rules[code].rule
        severity = severity_of(code, configuration.severity, work.rules) or rule.severity
        yield f'"{code}",  # {rule.name}: {severity.value}'


def _written(configuration: Configuration) -> Iterator[str]:
    """What the file says of other things than which rules are on, as it says it."""
    simple = {key: value for key, value in configuration.written.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in configuration.written.items() if isinstance(value, dict)}
    yield from (f"{key} = {_toml(value)}" for key, value in simple.items() if key in ("exclude", "baseline"))
    for key, table in tables.items():
        yield f"\n[{key}]"
        yield from (f"{_toml(name)} = {_toml(value)}" for name, value in table.items())


def _toml(value: object) -> str:
    """A string or a list of strings, which TOML writes as JSON does."""
    return json.dumps(value, ensure_ascii=False)
