"""How tensors flow through a model's `forward`: which are used once, and which layers are run once."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter

from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Thing, Value
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import (
    ForwardEnded,
    ForwardStarted,
    LayerRun,
    TensorPassedOn,
    TensorRead,
)


class FollowsForward(Detector):
    """What detectors have in common that follow the tensors of a model from its input to its output.

    `reads` counts how often each tensor that layers made is used under its name, `runs` how often each layer is run.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.reads: Counter[int] = Counter()
        self.runs: Counter[int] = Counter()

    @abstractmethod
    def start(self) -> None:
        """A model is about to be run, and what was remembered of another is to be forgotten."""

    @abstractmethod
    def finish(self, model: Thing, output: Value) -> None:
        """A model was run."""

    @listens
    def start_forward(self, _: ForwardStarted) -> None:
        """Begin to count anew."""
        self.reads.clear()
        self.runs.clear()
        self.start()

    @listens
    def finish_forward(self, ended: ForwardEnded) -> None:
        """Look at what was counted."""
        self.finish(ended.model, ended.output)

    @listens
    def count_read(self, read: TensorRead) -> None:
        """A tensor is used, or handed on."""
        self.reads[read.tensor.number] += 1

    @listens
    def discount_read(self, passed_on: TensorPassedOn) -> None:
        """The tensor that was read is only handed on."""
        if self.reads[passed_on.tensor.number]:
            self.reads[passed_on.tensor.number] -= 1

    @listens
    def count_run(self, run: LayerRun) -> None:
        """A layer is run."""
        self.runs[run.layer.number] += 1
