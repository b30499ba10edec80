"""Hooks on modules: how they are built, loaded and put in a mode; and on the seed of their random numbers."""

from __future__ import annotations

import torch
from torch.nn import Module

from torchlint.knowledge.arguments import TRAIN_MODE
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, hooked
from torchlint.live.stream.events import ModeSwitched, ModuleInitStarted, Seeded, WeightsLoaded
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them."""

    def build(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(ModuleInitStarted(arguments[0]))

    def switch(arguments: Arguments, keywords: Keywords) -> None:
        module = arguments[0]
        training = TRAIN_MODE.given(arguments, keywords, True)
        if not isinstance(training, bool):
            return
        if module.training is not training:
            recorder.look_closely()
        recorder.emit(ModeSwitched(module, training))

    def load(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(WeightsLoaded(arguments[0]))

    def seed(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(Seeded())

    patches.wrap(Module, "__init__", hooked(recorder, build))
    patches.wrap(Module, "train", hooked(recorder, switch))
    patches.wrap(Module, "load_state_dict", hooked(recorder, load))
    patches.wrap(torch, "manual_seed", hooked(recorder, seed))
