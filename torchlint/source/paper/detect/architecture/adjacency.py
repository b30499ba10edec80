"""Detects layers with a bias that feed straight into a batch norm, which takes the bias away again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.layer import AdjacentLayers
from torchlint.knowledge.layers import BATCH_NORMS, BIAS
from torchlint.source.paper.detect.architecture.flow import ForwardFlow
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Thing
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.occurrences.layers import Built, ForwardEnded, ForwardStarted, LayerRun
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.objects import parents_of


class BiasBeforeBatchNorm(Detector):
    """Layers of a library of which one gives its output to the other alone: in a Sequential, or in `forward`."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._flow = self.share(ForwardFlow)
        self._makers: dict[int, Thing] = {}
        self._fed: list[tuple[Thing, Thing, int]] = []
        self._sequences: list[Thing] = []
        self._adjacent: list[tuple[Thing, Thing]] = []

    @listens
    def start_forward(self, _: ForwardStarted) -> None:
        """Nothing was made yet in this model."""
        self._makers.clear()
        self._fed.clear()

    @listens
    def collect_adjacent(self, _: ForwardEnded) -> None:
        """Keep the pairs of layers that are run once, of which the first gives its output to the second alone."""
        uses, runs = self._flow.uses, self._flow.runs
        self._adjacent += [
            (first, second)
            for first, second, between in self._fed
            if uses[between] <= 1 and runs[first.number] == runs[second.number] == 1
        ]

    @listens
    def collect_pair(self, run: LayerRun) -> None:
        """A layer of a library is run on what another may have made."""
        if not isinstance(run.layer, Thing) or run.layer.of is not None:
            return
        self._makers[run.output.number] = run.layer
        numbers = [each.number for each in run.inputs if each.number in self._makers]
        self._fed += [(self._makers[number], run.layer, number) for number in numbers]

    @listens
    def collect_sequence(self, built: Built) -> None:
        """Remember what runs its layers one after another."""
        if built.made.of is None and built.made.last == "Sequential":
            self._sequences.append(built.made)

    @listens
    def emit_pairs(self, _: ProjectEnded) -> None:
        """Tell which layers that can have a bias feed straight into a batch norm."""
        for first, second in (*self._in_sequences(), *self._adjacent):
            if _can_have_bias(first) and _is_batch_norm(second) and first.site is not None:
                self.emit(
                    AdjacentLayers(
                        site=first.site,
                        via=first.via,
                        first=layer_of(self.machine, first),
                        second=layer_of(self.machine, second),
                        bias=_bias(first),
                    ),
                    first.number,
                )

    def _in_sequences(self) -> Iterator[tuple[Thing, Thing]]:
        for sequence in self._sequences:
            for first, second in pairwise(self.machine.children_of(sequence).values()):
                alone = parents_of(self.machine.state, first) == {sequence.number}
                if isinstance(first, Thing) and isinstance(second, Thing) and alone:
                    yield first, second


def _can_have_bias(layer: Thing) -> bool:
    return layer.of is None and layer.dotted.startswith("torch.nn") and layer.last in BIAS


def _is_batch_norm(layer: Thing) -> bool:
    return layer.of is None and layer.dotted.startswith("torch.nn") and layer.last in BATCH_NORMS


def _bias(layer: Thing) -> Answer:
    return layer.arguments.says("bias", BIAS[layer.last], default=Yes)
