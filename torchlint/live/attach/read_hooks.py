"""Hooks on reading the value of a tensor, for which the host waits until the device has computed it."""

from __future__ import annotations

from torch import Tensor

from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Before, Depth, Keywords, hooked
from torchlint.live.stream.events import TensorRead
from torchlint.live.stream.recorder import Recorder

READS = {
    "item": ".item()",
    "tolist": ".tolist()",
    "cpu": ".cpu()",
    "numpy": ".numpy()",
    "__repr__": "print(...)",
    "__format__": "print(...)",
}
"""The methods of a tensor that read it, and how to speak of them."""


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them. They are called by the million, so only for a watch that asks for them."""

    def reading(call: str) -> Before:
        def before(arguments: Arguments, keywords: Keywords) -> None:
            recorder.emit(TensorRead(arguments[0], call))

        return before

    depth = Depth()
    for name, call in READS.items():
        patches.wrap(Tensor, name, hooked(recorder, reading(call), depth=depth))
