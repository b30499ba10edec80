"""Modules: how they are built, loaded and switched; and the seed they start from."""

from __future__ import annotations

import torch
from torch.nn import Module

from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, telling
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Put them in."""

    def build(arguments: Arguments, keywords: Keywords) -> None:
        recorder.happen("build_module", module=arguments[0])

    def switch(arguments: Arguments, keywords: Keywords) -> None:
        module = arguments[0]
        training = keywords.get("mode", arguments[1] if len(arguments) > 1 else True)
        if not isinstance(training, bool):
            return
        if module.training is not training:
            recorder.attend()
        recorder.happen("mode", module=module, training=training)

    def load(arguments: Arguments, keywords: Keywords) -> None:
        recorder.happen("load", module=arguments[0])

    def seed(arguments: Arguments, keywords: Keywords) -> None:
        recorder.happen("seed")

    patches.wrap(Module, "__init__", telling(recorder, build))
    patches.wrap(Module, "train", telling(recorder, switch))
    patches.wrap(Module, "load_state_dict", telling(recorder, load))
    patches.wrap(torch, "manual_seed", telling(recorder, seed))
