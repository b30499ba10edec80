"""Pieces of syntax and what is inside them, for the few questions that are asked of the text itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def parts_of(node: object) -> Iterator[object]:
    """What stands directly in a piece of syntax."""
    if isinstance(node, (list, tuple)):
        yield from node
    elif is_dataclass(node):
        for part in fields(node):
            yield getattr(node, part.name)
