"""Hooks on reading the value of a tensor, for which the host waits until the device has computed it."""

from __future__ import annotations

from torch import Tensor

from torchlint.knowledge.functional import READS
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Before, Depth, Keywords, hooked
from torchlint.live.stream.events import TensorRead
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them. They are called by the million, so only for a watch that asks for them."""

    def reading(call: str) -> Before:
        def before(arguments: Arguments, keywords: Keywords) -> None:
            recorder.emit(TensorRead(arguments[0], call))

        return before

    depth = Depth()
    for name in READS:
        call = "print(...)" if name.startswith("__") else f".{name}()"
        patches.wrap(Tensor, name, hooked(recorder, reading(call), depth=depth))
