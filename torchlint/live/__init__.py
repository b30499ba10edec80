"""The live eye: sits in the process that trains and records what the run does.

    from torchlint import live

    with live.watch() as watch:
        train()
    print(watch.report())

Importing this costs next to nothing; torch is imported when a watch is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer

    from torchlint.live.checking import Check, Verdict
    from torchlint.live.watching import Watch

EVERY = 100
MISSING_TORCH = "watching a run needs torch, which is not installed beside torchlint"


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
    _need_torch()
    from torchlint.live.watching import Watch

    return Watch(model, optimizer, every=every, select=select, ignore=ignore)


def check(
    model: Module,
    batch: Any,
    loss_fn: Callable[[Any, Any], Any],
    optimizer: Optimizer | None = None,
    *,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> Check:
    """Try a model out on one batch, on copies: neither it nor the optimizer nor any random state changes.

    A batch is read as training loops read it: of a tuple the last part is the target and the rest are the model's
    arguments; a dict whose keys are arguments of `forward` is given as keywords. `loss_fn` is called with the
    output and the target, or with the output and the batch where there is no target apart.
    """
    _need_torch()
    from torchlint.live.checking import check

    return check(model, batch, loss_fn, optimizer, select, ignore)


def overfit_one_batch(
    model: Module,
    batch: Any,
    loss_fn: Callable[[Any, Any], Any],
    optimizer: Optimizer | None = None,
    *,
    steps: int = 200,
) -> Verdict:
    """Train a copy of a model on one batch until it knows it by heart, and say what stands in the way if it cannot.

    Dropout layers are switched off. Without an optimizer, Adam is tried with several learning rates.
    """
    _need_torch()
    from torchlint.live.checking import overfit_one_batch

    return overfit_one_batch(model, batch, loss_fn, optimizer, steps)


def _need_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ImportError(MISSING_TORCH) from error
