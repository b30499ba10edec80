"""How tensors flow through a model's `forward`: which are used once, and which layers are run once."""

from __future__ import annotations

from collections import Counter

from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.occurrences.layers import ForwardStarted, LayerRun, TensorPassedOn, TensorUsed
from torchlint.source.paper.python.machine import Machine


class ForwardFlow(Analysis):
    """The tensors and layers of the model that is run, or was run last, from its input to its output.

    `uses` counts how often each tensor that layers made is used under its name, `runs` how often each layer is run.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.uses: Counter[int] = Counter()
        self.runs: Counter[int] = Counter()

    @listens
    def start_forward(self, _: ForwardStarted) -> None:
        """Begin to count anew."""
        self.uses.clear()
        self.runs.clear()

    @listens
    def count_use(self, used: TensorUsed) -> None:
        """A tensor is used, or handed on."""
        self.uses[used.tensor.number] += 1

    @listens
    def discount_use(self, passed_on: TensorPassedOn) -> None:
        """The tensor that was taken by its name is only handed on."""
        if self.uses[passed_on.tensor.number]:
            self.uses[passed_on.tensor.number] -= 1

    @listens
    def count_run(self, run: LayerRun) -> None:
        """A layer is run."""
        self.runs[run.layer.number] += 1
