"""How much the whole linting costs over parsing alone, on the same files: those of the folder and those they import.

By hand: `python tests/benchmarks/parse_ratio.py [FOLDER] [--runs N] [--short]`. Both sides run in processes of their
own, in turns, with nothing cached, and include what they import; the figures are the medians of their CPU time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import discover
from torchlint.cli.rulebook import installed_rules
from torchlint.source.screen import worth_parsing

GOAL = 1.5
PACKAGES = ("timm", "torchvision", "torch/nn")
"""Where to measure if no folder is given: the first that is installed."""

LINK = """
import sys
from torchlint.source.lint import examine
print("\\0".join(sorted(examine(sys.stdin.read().split("\\0"), jobs=1).linked)), end="")
"""

PARSE = """
import sys
from pathlib import Path
import libcst
for path in sys.stdin.read().split("\\0"):
    try:
        libcst.parse_module(Path(path).read_bytes())
    except libcst.ParserSyntaxError:
        pass
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process used: CPU seconds, its own and the system's for it, and its peak memory in MiB."""

    seconds: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=3, help="how often each side runs")
    parser.add_argument("--short", action="store_true", help="run each side once")
    options = parser.parse_args()
    folder = options.folder or installed_package()
    files = discover([str(folder)], Configurations(installed_rules(), isolated=True)).files
    parsed = sorted(worth_parsing(files))
    linked = linked_with(files)
    print(f"{folder.name}: {len(files)} files with {lines(files):,} lines")
    print(f"parsed of these: {len(parsed)} files with {lines(parsed):,} lines")
    print(f"and for linking: {len(linked)} files with {lines(linked):,} lines")
    lint = [sys.executable, "-m", "torchlint", str(folder), *"-j 1 --isolated --exit-zero -q".split()]
    parsing: list[Cost] = []
    linting: list[Cost] = []
    for _ in range(1 if options.short else options.runs):
        parsing.append(cost_of([sys.executable, "-c", PARSE], "\0".join([*parsed, *linked])))
        linting.append(cost_of(lint))
    tell("libcst.parse_module", parsing)
    tell("torchlint", linting)
    ratio = median(each.seconds for each in linting) / median(each.seconds for each in parsing)
    print(f"ratio {ratio:.2f} (goal: at most {GOAL})")


def installed_package() -> Path:
    """The folder of the first package that is installed; none is imported."""
    for name in PACKAGES:
        package, _, inside = name.partition("/")
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / inside
    sys.exit(f"name a folder: none of {', '.join(PACKAGES)} is installed")


def linked_with(files: Sequence[str]) -> list[str]:
    """The files that are read only because these import them."""
    process = subprocess.run([sys.executable, "-c", LINK], input="\0".join(files), capture_output=True, text=True)
    if process.returncode:
        sys.exit(process.stderr)
    return process.stdout.split("\0") if process.stdout else []


def lines(files: Sequence[str]) -> int:
    return sum(Path(file).read_bytes().count(b"\n") for file in files)


def cost_of(command: Sequence[str], text: str = "") -> Cost:
    """Run a command on this input, and let it use what it needs."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(text.encode())
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command[:3])} failed with {process.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def tell(name: str, costs: Sequence[Cost]) -> None:
    seconds = sorted(each.seconds for each in costs)
    runs = ", ".join(f"{each:.2f}" for each in seconds)
    print(f"{name:<20} {median(seconds):6.2f} s CPU ({runs}), {max(each.memory for each in costs):.0f} MiB at most")


if __name__ == "__main__":
    main()
