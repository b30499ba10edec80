"""Hooks on the constructors of image transforms that are no modules; the others have the hooks of modules."""

from __future__ import annotations

import sys

from torch.nn import Module

from torchlint.knowledge.transforms import ROLES, TRANSFORM_CLASSES
from torchlint.live.attach.on_import import when_imported
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, hooked
from torchlint.live.stream.events import TransformInitStarted
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them, once the script has imported torchvision's transforms."""

    def build(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(TransformInitStarted(arguments[0]))

    def put_in() -> None:
        for kind in list(vars(sys.modules[TRANSFORM_CLASSES]).values()):
            if isinstance(kind, type) and kind.__name__ in ROLES and not issubclass(kind, Module):
                patches.wrap(kind, "__init__", hooked(recorder, build))

    patches.call_later(when_imported(TRANSFORM_CLASSES, put_in))
