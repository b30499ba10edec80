"""The code blocks of README.md, and consoles replayed: each command with what it prints."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
PROMPT = "$ "
NOTICE = "[INFO]"
"""How pre-commit says that it installs a hook, which it does once."""
SCRIPTS = Path(sys.executable).parent
"""Where the commands lie that are installed beside this Python: torchlint, pre-commit."""


@dataclass(frozen=True)
class Snippet:
    """A code block, the heading that it stands under, and the line of the page where it begins."""

    language: str
    text: str
    heading: str
    line: int


def snippets(page: str) -> Iterator[Snippet]:
    """Every code block, in order."""
    for found in FENCE.finditer(page):
        before = page[: found.start()]
        headings = HEADING.findall(before)
        yield Snippet(found["language"], found["text"], headings[-1] if headings else "", before.count("\n") + 1)


def replayed(snippet: Snippet, folder: Path, environment: Mapping[str, str], names: Mapping[str, str]) -> str:
    """A console as it should be printed: its commands, run in a folder, and what each says.

    `names` are the words of the page for what has another name here.
    """
    commands = [line.removeprefix(PROMPT) for line in snippet.text.splitlines() if line.startswith(PROMPT)]
    path = os.pathsep.join((str(SCRIPTS), environment.get("PATH", "")))
    whole = {**environment, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}
    printed = []
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1; {command}"],
            cwd=folder,
            env=whole,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
        )
        said = "".join(line for line in done.stdout.splitlines(keepends=True) if not line.startswith(NOTICE))
        for here, word in names.items():
            said = said.replace(here, word)
        printed.append(f"{PROMPT}{command}\n{said}")
    return "".join(printed)
