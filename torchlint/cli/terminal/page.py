"""The page of a rule, which is Markdown, as it looks on a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from torchlint.report.paint import Paint

FENCE = "```"
INDENT = "    "
CODE = re.compile(r"`([^`]+)`")
KEPT_TOGETHER = "\N{NO-BREAK SPACE}"


def rendered(markdown: str, width: int, paint: Paint) -> str:
    """Headings stand out, code is set in, and paragraphs are wrapped to the width."""
    return "".join(f"{line}\n" for line in _lines(markdown, width, paint))


def _lines(markdown: str, width: int, paint: Paint) -> Iterator[str]:
    paragraph: list[str] = []
    in_code = False
    for line in [*markdown.splitlines(), ""]:
        is_text = not in_code and line != "" and not line.startswith(("#", FENCE))
        if paragraph and (not is_text or line.startswith("- ")):
            yield from _wrapped(" ".join(paragraph), width, paint)
            paragraph = []
        if is_text:
            paragraph.append(line.strip())
        elif line.startswith(FENCE):
            in_code = not in_code
        elif in_code:
            yield f"{INDENT}{paint.code(line)}" if line else ""
        else:
            yield paint.strong(line.lstrip("#").lstrip())


def _wrapped(text: str, width: int, paint: Paint) -> Iterator[str]:
    """A paragraph, or an item of a list; what is quoted as code is not broken."""
    kept = CODE.sub(lambda match: match[0].replace(" ", KEPT_TOGETHER), text)
    hanging = "  " if text.startswith("- ") else ""
    lines = textwrap.wrap(
        kept,
        width,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines:
        shown = line.replace(KEPT_TOGETHER, " ")
        yield CODE.sub(lambda match: paint.code(match[1]), shown) if paint.on else shown
