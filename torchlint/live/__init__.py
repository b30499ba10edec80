"""The live eye: sits in the process that trains and records what the run does.

    from torchlint import live

    with live.watch() as watch:
        train()
    print(watch.report())

Importing this costs next to nothing; torch is imported when a watch is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer

    from torchlint.live.watching import Watch

EVERY = 50
MISSING_TORCH = "watching a run needs torch: pip install 'torchlint[live]'"


def watch(
    model: Module | None = None,
    optimizer: Optimizer | None = None,
    *,
    every: int = EVERY,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> Watch:
    """Watch what runs while the context is open; what is named is known from the start, the rest when it runs.

    `every` says in which steps costly things are looked at: in the first few and in every k-th. `select` and
    `ignore` take codes, their beginnings and names of rules.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ImportError(MISSING_TORCH) from error
    from torchlint.live.watching import Watch

    return Watch(model, optimizer, every=every, select=select, ignore=ignore)
