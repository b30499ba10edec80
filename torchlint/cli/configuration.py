"""The configuration files: found upwards from each linted file, and checked key by key."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torchlint.cli.failure import UsageError
from torchlint.finding import Severity
from torchlint.selection import Rules, Selectors, complaint, narrowest
from torchlint.suggestion import did_you_mean

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

PROJECT_FILE = "pyproject.toml"
OWN_FILES = (".torchlint.toml", "torchlint.toml")
TABLE = "[tool.torchlint]"
ADDRESS = re.compile(r"(?:https?://|file:///)[!-~]+")
NOTHING_SAID = Selectors()
OFF = "off"
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
WINDOWS_SEPARATOR = re.compile(r"\\(?=[\w.*]|$)")
KEYS = ("select", "ignore", "extend-select", "exclude", "per-file-ignores", "severity", "baseline", "rule-pages")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one file, None where there is none, and the table as it is written there.

    Patterns are those of `.gitignore`, read from `folder`.
    """

    folder: Path = field(default_factory=Path.cwd)
    selectors: Selectors = NOTHING_SAID
    exclude: GitIgnoreSpec | None = None
    per_file_ignores: tuple[tuple[GitIgnoreSpec, tuple[str, ...]], ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    baseline: str | None = None
    rule_pages: str | None = None
    file: Path | None = None
    written: Mapping[str, Any] = field(default_factory=dict)

    def excludes(self, path: str, *, folder: bool = False) -> bool | None:
        """Whether `exclude` leaves a path out; None where no pattern speaks of it."""
        if self.exclude is None:
            return None
        inside = self._inside(path)
        return None if inside is None else self.exclude.check_file(inside + "/" * folder).include

    def ignores_in(self, path: str) -> tuple[str, ...]:
        """The selectors that `per-file-ignores` gives for a path."""
        inside = self._inside(path) if self.per_file_ignores else None
        if inside is None:
            return ()
        return tuple(word for spec, words in self.per_file_ignores if spec.match_file(inside) for word in words)

    def _inside(self, path: str) -> str | None:
        try:
            return Path(path).relative_to(self.folder).as_posix()
        except ValueError:
            return None


class Configurations:
    """The configuration of every path: one for all (`--config`, `--isolated`), or the nearest file's."""

    def __init__(self, rules: Rules, *, isolated: bool = False, file: str | None = None) -> None:
        self._rules = rules
        self._everywhere: Configuration | None = None
        self._by_folder: dict[Path, Configuration] = {}
        if file is not None:
            self._everywhere = self._from_named_file(file)
        elif isolated:
            self._everywhere = Configuration()

    def of(self, path: str) -> Configuration:
        """The configuration of the file at this absolute path."""
        return self._everywhere or self.of_folder(Path(path).parent)

    def of_folder(self, folder: Path) -> Configuration:
        """The configuration of what lies in a folder: the nearest one, at or above it."""
        if self._everywhere is not None:
            return self._everywhere
        known = self._by_folder.get(folder)
        if known is None:
            known = self._in_folder(folder)
            if known is None:
                known = Configuration() if folder == folder.parent else self.of_folder(folder.parent)
            self._by_folder[folder] = known
        return known

    def files(self) -> list[str]:
        """The files that were read or looked for until now."""
        if self._everywhere is not None:
            return [str(self._everywhere.file)] if self._everywhere.file is not None else []
        return [str(folder / name) for folder in self._by_folder for name in (*OWN_FILES, PROJECT_FILE)]

    def _in_folder(self, folder: Path) -> Configuration | None:
        """What stands in a folder: a file of our own comes before a project's."""
        for file in (folder / name for name in OWN_FILES):
            content = _content(file)
            if content is not None:
                return Reading(file, folder, content, self._rules).settings(_toml(file, content))
        return self._from_project_file(folder / PROJECT_FILE)

    def _from_project_file(self, file: Path) -> Configuration | None:
        content = _content(file)
        if content is None or b"torchlint" not in content:
            return None
        settings = _our_table(_toml(file, content))
        return None if settings is None else Reading(file, file.parent, content, self._rules).settings(settings)

    def _from_named_file(self, name: str) -> Configuration:
        file = Path(name).absolute()
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(f"configuration file {name} cannot be read: {error.strerror}") from None
        whole = _toml(file, content)
        is_ours = file.name in OWN_FILES or ("tool" not in whole and file.name != PROJECT_FILE)
        settings = whole if is_ours else _our_table(whole)
        if settings is None:
            raise UsageError(f"{file} has no {TABLE} table")
        return Reading(file, Path.cwd(), content, self._rules).settings(settings)


@dataclass(frozen=True, slots=True)
class Reading:
    """The checks over one file's table; what is wrong is said with the file, the line and the key."""

    file: Path
    folder: Path
    content: bytes
    rules: Rules

    def settings(self, table: Any) -> Configuration:
        """The configuration that a table holds."""
        if not isinstance(table, dict):
            raise self._wrong("torchlint", f"{TABLE} must be a table, not {_kind(table)}")
        for key in table:
            if key not in KEYS:
                hint = f"; the keys of {TABLE} stand here by themselves" if key == "tool" else did_you_mean(key, KEYS)
                raise self._wrong(key, f"unknown key `{_shown(key)}`{hint} (valid keys: {', '.join(KEYS)})")
        exclude = self._words(table, "exclude", "exclude")
        severity, off = self._severity(table)
        return Configuration(
            folder=self.folder,
            selectors=Selectors(
                select=self._selectors(table, "select", "select") if "select" in table else None,
                extend=self._selectors(table, "extend-select", "extend-select"),
                ignore=(*self._selectors(table, "ignore", "ignore"), *off),
            ),
            exclude=_patterns(exclude) if exclude else None,
            per_file_ignores=self._per_file_ignores(table),
            severity=severity,
            baseline=self._path(table, "baseline"),
            rule_pages=self._address(table, "rule-pages"),
            file=self.file,
            written=table,
        )

    def _per_file_ignores(self, table: dict[str, Any]) -> tuple[tuple[GitIgnoreSpec, tuple[str, ...]], ...]:
        key = "per-file-ignores"
        inner = self._table(table, key)
        return tuple(
            (_patterns((pattern,)), self._selectors(inner, pattern, _shown(key, pattern))) for pattern in inner
        )

    def _severity(self, table: dict[str, Any]) -> tuple[dict[str, Severity], tuple[str, ...]]:
        """The severities by selector, and the codes that are switched off; the narrower selector decides."""
        levels = {level.value: level for level in Severity}
        said: dict[str, Severity | None] = {}
        for selector, level in self._table(table, "severity").items():
            key = _shown("severity", selector)
            self._check_selector(selector, selector, key)
            if not isinstance(level, str):
                raise self._wrong(selector, f"`{key}` must be a string, not {_kind(level)}")
            if level not in (*levels, OFF):
                near = did_you_mean(level, [*levels, OFF])
                wanted = ", ".join((*levels, OFF))
                raise self._wrong(selector, f'`{key}` must be one of {wanted}, not "{level}"{near}')
            said[selector] = levels.get(level)
        off = (code for code in self.rules if (word := narrowest(code, said, self.rules)) and said[word] is None)
        return {word: level for word, level in said.items() if level is not None}, tuple(off)

    def _address(self, table: dict[str, Any], key: str) -> str | None:
        value = table.get(key)
        if value is None or (isinstance(value, str) and ADDRESS.fullmatch(value)):
            return value
        raise self._wrong(key, f'`{key}` must be an address, as "https://example.org/rules"')

    def _path(self, table: dict[str, Any], key: str) -> str | None:
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(key, f"`{key}` must be a string, not {_kind(value)}")
        return str(self.folder / value)

    def _table(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, f"`{key}` must be a table, not {_kind(value)}")
        return value

    def _selectors(self, table: dict[str, Any], key: str, shown: str) -> tuple[str, ...]:
        words = self._words(table, key, shown)
        for word in words:
            self._check_selector(word, key, shown)
        return words

    def _check_selector(self, word: str, key: str, shown: str) -> None:
        wrong = complaint(word, self.rules)
        if wrong is not None:
            raise self._wrong(key, f"in `{shown}`: {wrong}")

    def _words(self, table: dict[str, Any], key: str, shown: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, f"`{shown}` must be a list of strings, not {_kind(value)}")
        for item in value:
            if not isinstance(item, str):
                raise self._wrong(key, f"`{shown}` must be a list of strings, but holds {_kind(item)}")
        return tuple(value)

    def _wrong(self, key: str, message: str) -> UsageError:
        text = self.content.decode("utf-8", "replace")
        key_at_start = rf'^[ \t]*\[?(?:tool\.torchlint\.)?["\']?{re.escape(key)}\b'
        found = re.compile(key_at_start, re.MULTILINE).search(text, max(text.find(TABLE), 0))
        line = text.count("\n", 0, found.start()) + 1 if found else None
        return UsageError(f"{self.file}{f':{line}' if line else ''}: {message}")


def _content(file: Path) -> bytes | None:
    """What a file holds, None where there is none."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None


def _shown(*keys: str) -> str:
    """A key as TOML writes it."""
    return ".".join(key if BARE_KEY.fullmatch(key) else f'"{key}"' for key in keys)


def _toml(file: Path, content: bytes) -> dict[str, Any]:
    tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        parsed: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8") from None
    except ValueError as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    return parsed


def _our_table(whole: dict[str, Any]) -> Any:
    tools = whole.get("tool")
    return tools.get("torchlint") if isinstance(tools, dict) else None


def _patterns(words: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(WINDOWS_SEPARATOR.sub("/", word).removeprefix("./") for word in words)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date"
