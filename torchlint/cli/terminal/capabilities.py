"""What a terminal can do, as far as its environment tells."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import IO

WITH_LINKS = ("ghostty", "hyper", "iterm.app", "tabby", "vscode", "wezterm", "zed")
"""Values of TERM_PROGRAM."""
KINDS_WITH_LINKS = ("alacritty", "contour", "foot", "wezterm", "xterm-ghostty", "xterm-kitty")
"""How values of TERM begin."""
MARKS_OF_LINKS = ("DOMTERM", "KONSOLE_VERSION", "WT_SESSION")
FIRST_VTE_WITH_LINKS = 5000
WIDEST_TO_READ = 100


def use_links(environment: Mapping[str, str], stream: IO[str] | None, *, colours: bool) -> bool:
    """Whether words may be links (OSC 8): FORCE_HYPERLINK says so, 0 for never; else a terminal that is known to."""
    forced = environment.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    if not colours or stream is None or not stream.isatty() or environment.get("CI") or environment.get("TMUX"):
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        (vte.isdigit() and int(vte) >= FIRST_VTE_WITH_LINKS)
        or environment.get("TERM_PROGRAM", "").lower() in WITH_LINKS
        or environment.get("TERM", "").startswith(KINDS_WITH_LINKS)
        or any(environment.get(name) for name in MARKS_OF_LINKS)
    )


def width() -> int:
    """The columns of the terminal."""
    return shutil.get_terminal_size().columns


def reading_width() -> int:
    """The columns for running text: those of the terminal, but no more than are read with ease."""
    return min(width(), WIDEST_TO_READ)
