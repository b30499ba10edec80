"""Pieces of syntax and what is inside them, for the few questions that are asked of the text itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache

from torchlint.source.syntax import Attribute, Name


def parts_of(node: object) -> Iterator[object]:
    """What stands directly in a piece of syntax."""
    if isinstance(node, (list, tuple)):
        yield from node
    else:
        for name in _parts(type(node)):  # type: ignore[arg-type]  # A class has a hash, whatever its instances have.
            yield getattr(node, name)


@cache
def _parts(kind: type[object]) -> tuple[str, ...]:
    """The fields of a kind of syntax; none where it is no piece of syntax, as a name or a number is."""
    return tuple(part.name for part in fields(kind)) if is_dataclass(kind) else ()


def words_in(node: object) -> frozenset[str]:
    """The names and attributes in a piece of syntax, at any depth."""
    return frozenset(_words(node))


def _words(node: object) -> Iterator[str]:
    match node:
        case Name(id=name) | Attribute(name=name):
            yield name
    for part in parts_of(node):
        yield from _words(part)
