"""Hooks on datasets: what is set on one of which parts were made."""

from __future__ import annotations

from torch.utils.data import Subset

from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, hooked
from torchlint.live.stream.events import WholeAttributeSet
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them: on each class of datasets when the first part of one is made."""
    watched: set[type] = set()

    def assigned(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(WholeAttributeSet(*arguments))

    def divided(arguments: Arguments, keywords: Keywords, value: object) -> None:
        kind = type(arguments[0].dataset)
        if kind not in watched and not any("__setattr__" in vars(base) for base in kind.__mro__[:-1]):
            watched.add(kind)
            patches.wrap(kind, "__setattr__", hooked(recorder, assigned))

    patches.wrap(Subset, "__init__", hooked(recorder, after=divided))
