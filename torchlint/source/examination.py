"""What was found out about files: their facts, the problems with reading them, and their texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torchlint.facts.fact import Fact
from torchlint.problem import Problem
from torchlint.source.notebook import script_of
from torchlint.source.text import UnreadableText


@dataclass(slots=True)
class Examination:
    """What was found out: facts of the given files, problems with reading them, and their texts.

    `linked` are the files that were read too, because given ones import them.
    """

    facts: list[Fact]
    problems: list[Problem]
    texts: Callable[[str], str | None]
    linked: tuple[str, ...] = ()


def texts_of(given: Mapping[str, bytes]) -> Callable[[str], str | None]:
    """How the text of a file is had, None where it cannot be read; the bytes of some are `given`."""

    def text(path: str) -> str | None:
        try:
            return script_of(path, given[path] if path in given else Path(path).read_bytes())
        except (OSError, UnreadableText):
            return None

    return text
