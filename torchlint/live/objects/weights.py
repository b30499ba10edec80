"""Whether the weights of a model change: what writes through `.data` leaves no trace but other numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from torchlint.live.objects.identity import WeakMap

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

PART = 64
"""So many numbers of a parameter are remembered."""


class Weights:
    """Remembers a few numbers of the models that it is asked about; whoever asks does so at sampled steps."""

    def __init__(self) -> None:
        self._first: WeakMap[list[Tensor]] = WeakMap()
        self._changed: WeakMap[bool] = WeakMap()

    def change(self, model: Module) -> None:
        """They were changed, whatever they are."""
        self._changed[model] = True

    def changed(self, model: Module) -> bool:
        """Whether they are, or were once, others than when this was asked first."""
        if model in self._changed:
            return True
        now, before = _parts(model), self._first.get(model)
        if before is None:
            self._first[model] = [each.clone() for each in now]
            return False
        if len(now) == len(before) and all(map(torch.equal, now, before)):
            return False
        self._changed[model] = True
        return True


def _parts(model: Module) -> list[Tensor]:
    """Numbers of the first parameter, of one in the middle and of the last."""
    plain = [each for each in model.parameters() if each.layout is torch.strided and not each.is_meta]
    chosen = [plain[0], plain[len(plain) // 2], plain[-1]] if plain else []
    return [each.detach().reshape(-1)[:PART] for each in chosen]
