"""The value that a literal stands for, from its text."""

from __future__ import annotations

import math
import re
import unicodedata

_QUOTED = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")(.*)\2\Z", re.DOTALL)
_BREAK = re.compile(r"\r\n?")
_ESCAPE = re.compile(r"\\(\n|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|N\{[^}]*\}|[abfnrtv\\'\"])")
_MEANING = {
    "\n": "", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip


def number(text: str) -> int | float | complex:
    """The value of a number; what is too long to be read is infinite."""
    plain = text.replace("_", "")
    try:
        if plain.isdigit():
            return int(plain)
        if plain[:2] in ("0x", "0X", "0o", "0O", "0b", "0B"):
            return int(plain, 0)
        return complex(plain.lower()) if plain[-1] in "jJ" else float(plain)
    except ValueError:
        return math.inf


def string(text: str) -> str | bytes:
    """The value of a string or bytes literal without replacement fields."""
    match = _QUOTED.match(text)
    if match is None:
        return text
    prefix, _, inner = match.groups()
    prefix = prefix.lower()
    if "\r" in inner:
        inner = _BREAK.sub("\n", inner)
    if "\\" in inner and "r" not in prefix:
        inner = _ESCAPE.sub(_bytes_meaning if "b" in prefix else _meaning, inner)
    return inner.encode("latin-1", "replace") if "b" in prefix else inner


def _bytes_meaning(match: re.Match[str]) -> str:
    return match[0] if match[1][0] in "uUN" else _meaning(match)


def _meaning(match: re.Match[str]) -> str:
    code = match[1]
    if code in _MEANING:
        return _MEANING[code]
    if code[0] == "N":
        return _named(code[2:-1])
    value = int(code[1:], 16) if code[0] in "xuU" else int(code, 8)
    return chr(value) if value < 0x110000 else match[0]


def _named(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return "\N{REPLACEMENT CHARACTER}"
