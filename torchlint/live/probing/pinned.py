"""Makes every training loader give its first batch again and again.

A loader trains when an optimizer stepped between two of its batches. So evaluation goes on over all its data, and
the script need not be touched: `torchlint run --overfit-one-batch train.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import wraps
from types import FunctionType
from typing import Any, cast
from weakref import WeakKeyDictionary

from torch.utils.data import DataLoader

from torchlint.live.attach.patches import Patches
from torchlint.live.probing.batches import mapped
from torchlint.live.stream.recorder import Recorder


@dataclass(slots=True)
class _Pin:
    """The first batch of a loader, and whether the loader is known to train."""

    batch: Any
    trains: bool = False


class PinnedBatches:
    """Keeps the first batch of every loader, and gives it in the place of others once the loader trains."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._pins: WeakKeyDictionary[Any, _Pin] = WeakKeyDictionary()

    def install(self, patches: Patches) -> None:
        """Put it over `DataLoader.__iter__`, to be taken off by `patches.restore()`."""

        def make(original: Any) -> FunctionType:
            @wraps(original)
            def wrapper(loader: Any) -> Any:
                return self.over(loader, original(loader))

            return cast(FunctionType, wrapper)

        patches.wrap(DataLoader, "__iter__", make)

    def over(self, loader: Any, batches: Iterator[Any]) -> Iterator[Any]:
        """The same number of batches; the first one each time if the loader trains."""
        before: int | None = None
        for batch in batches:
            pin = self._pins.get(loader)
            if pin is None:
                pin = self._pins[loader] = _Pin(_cloned(batch))
            now = self._recorder.step_number
            pin.trains = pin.trains or (before is not None and now > before)
            before = now
            yield _cloned(pin.batch) if pin.trains else batch


def _cloned(batch: Any) -> Any:
    return mapped(batch, lambda each: each.clone())
