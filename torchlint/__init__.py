"""torchlint finds the mistakes that make PyTorch training quietly learn less than it should.

    import torchlint

    for finding in torchlint.lint("train.py"):
        print(finding.code, finding.site.line, finding.message)

Importing this costs nothing; what does the work is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torchlint.api import Finding, Severity, UsageError, lint
    from torchlint.live.notebook import Shell

__version__ = "0.1.0"
__all__ = ["Finding", "Severity", "UsageError", "__version__", "lint"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from torchlint import api

    return getattr(api, name)


def load_ipython_extension(shell: Shell) -> None:
    """What `%load_ext torchlint` calls: it makes the cell magic `%%torchlint`."""
    from torchlint.live.notebook import load

    load(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
