"""Hooks on modules: how they are built, loaded, saved and put in a mode; and on the seed of random numbers."""

from __future__ import annotations

import torch
from torch.nn import Module

from torchlint.knowledge.arguments import LOADED_WEIGHTS, SAVED, STRICT_LOADING, TRAIN_MODE
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Depth, Keywords, hooked
from torchlint.live.stream.events import (
    ModeSwitched,
    ModuleInitStarted,
    ParametersAsked,
    Saved,
    Seeded,
    WeightsAsked,
    WeightsLoaded,
)
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
        strict = STRICT_LOADING.given(arguments, keywords, True)
        recorder.emit(WeightsLoaded(arguments[0], LOADED_WEIGHTS.given(arguments, keywords), bool(strict)))

    def ask(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.emit(WeightsAsked(arguments[0], value))

    def ask_parameters(arguments: Arguments, keywords: Keywords) -> None:
        if recorder.sampled:
            recorder.emit(ParametersAsked(arguments[0]))

    def save(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(Saved(SAVED.given(arguments, keywords)))

    def seed(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(Seeded())

    patches.wrap(Module, "__init__", hooked(recorder, build))
    patches.wrap(Module, "train", hooked(recorder, switch))
    patches.wrap(Module, "load_state_dict", hooked(recorder, load))
    # A module asks its parts for theirs.
    patches.wrap(Module, "state_dict", hooked(recorder, after=ask, depth=Depth()))
    patches.wrap(Module, "named_parameters", hooked(recorder, ask_parameters))
    patches.wrap(torch, "save", hooked(recorder, save))
    patches.wrap(torch, "manual_seed", hooked(recorder, seed))
