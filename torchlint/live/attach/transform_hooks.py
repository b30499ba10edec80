"""Transforms of images that are no modules: how they are built. Those that are modules have the hooks of modules."""

from __future__ import annotations

import sys

from torch.nn import Module

from torchlint.knowledge.transforms import ROLES
from torchlint.live.attach.on_import import look_out
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, hooked
from torchlint.live.stream.events import TransformInitStarted
from torchlint.live.stream.recorder import Recorder

PLACE = "torchvision.transforms.transforms"


def install(recorder: Recorder, patches: Patches) -> None:
    """Put them in, if the script imports them."""

    def build(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(TransformInitStarted(arguments[0]))

    def put_in() -> None:
        for kind in list(vars(sys.modules[PLACE]).values()):
            if isinstance(kind, type) and kind.__name__ in ROLES and not issubclass(kind, Module):
                patches.wrap(kind, "__init__", hooked(recorder, build))

    patches.call_later(look_out(PLACE, put_in))
