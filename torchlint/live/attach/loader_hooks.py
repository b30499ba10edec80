"""Hooks on data loaders: how they are built, and every batch that they give."""

from __future__ import annotations

from functools import partial, wraps
from types import FunctionType
from typing import Any, cast
from weakref import WeakKeyDictionary, ref

from torch.utils.data import DistributedSampler, dataloader

from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, hooked
from torchlint.live.stream.events import BatchDrawn, EpochSet, LoaderInitEnded, LoaderInitStarted, LoaderIterated
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them."""
    # The iterator of a loader that stands in a loop's header is all that keeps it; persistent workers keep both.
    loaders: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def build(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(LoaderInitStarted(arguments[0], arguments[1:], keywords))

    def built(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.emit(LoaderInitEnded(arguments[0]))

    def iterated(arguments: Arguments, keywords: Keywords, iterator: Any) -> None:
        recorder.emit(LoaderIterated(arguments[0]))
        recorder.look_closely()
        loaders[iterator] = ref(arguments[0]) if arguments[0].persistent_workers else partial(_itself, arguments[0])

    def set_epoch(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(EpochSet(arguments[0]))

    def advancing(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(self: Any) -> Any:
            try:
                batch = original(self)
            except StopIteration:
                if recorder.recording:
                    recorder.look_closely()  # An epoch is over: what comes now is not what came in it.
                raise
            if recorder.recording:
                known = loaders.get(self)
                loader = None if known is None else known()
                if loader is not None:
                    recorder.emit(BatchDrawn(loader, batch))
            return batch

        return cast(FunctionType, wrapper)

    patches.wrap(dataloader.DataLoader, "__init__", hooked(recorder, build, built))
    patches.wrap(dataloader.DataLoader, "__iter__", hooked(recorder, after=iterated))
    patches.wrap(DistributedSampler, "set_epoch", hooked(recorder, set_epoch))
    iterator = getattr(dataloader, "_BaseDataLoaderIter", None)
    if iterator is not None:
        patches.wrap(iterator, "__next__", advancing)


def _itself(loader: Any) -> Any:
    return loader
