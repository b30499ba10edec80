"""What ends a command with exit code 2: wrong usage, wrong configuration, a place that cannot be written."""

from __future__ import annotations

WRONG_USAGE = 2


class UsageError(Exception):
    """One plain sentence for the user; no traceback goes with it."""
