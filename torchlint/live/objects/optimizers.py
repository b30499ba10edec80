"""What an optimizer holds, and at which learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer


def parameters_of(optimizer: Optimizer) -> list[Tensor]:
    """The parameters of all its groups; the list may be the optimizer's own."""
    groups = optimizer.param_groups
    if len(groups) == 1:
        parameters: list[Tensor] = groups[0]["params"]
        return parameters
    return [parameter for group in groups for parameter in group["params"]]


def highest_rate(group: dict[str, Any]) -> float:
    """The learning rate that a parameter group is meant to reach: warm-up starts far below it."""
    rates = (group.get(name) for name in ("lr", "initial_lr", "max_lr"))
    return max((float(rate) for rate in rates if rate is not None), default=0.0)
