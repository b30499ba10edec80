"""Detects outputs that are compared with a number, and which loss they were trained with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from torchlint.facts.loss import Threshold
from torchlint.facts.site import Site
from torchlint.knowledge.functional import COMPARISONS, ROUNDING
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Literal
from torchlint.source.paper.models.tensors.operations import fact_of
from torchlint.source.paper.occurrences.calls import TensorCompared, TensorFunctionApplied
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import LossCompared
from torchlint.source.paper.python.machine import Machine

Output = tuple[int, str]
"""The number of a model, and which part of its output."""
HALF = 0.5
"""What rounding compares with."""


class Thresholds(Detector):
    """Every comparison of a tensor with a number; what it was trained with is known when everything was run."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._losses: dict[Output, set[str]] = defaultdict(set)
        self._thresholds: dict[object, tuple[Threshold, Output | None]] = {}

    @listens
    def collect_loss(self, compared: LossCompared) -> None:
        """Remember what a model's output is trained with."""
        prediction = compared.prediction
        if isinstance(prediction, TensorValue) and prediction.output_of is not None:
            self._losses[prediction.output_of].update(call.loss for call in compared.calls)

    @listens
    def collect_comparison(self, compared: TensorCompared) -> None:
        """Remember a comparison by an operator."""
        if isinstance(compared.limit, Literal):
            self._collect(compared.tensor, compared.limit.value, compared.site)

    @listens
    def collect_function(self, applied: TensorFunctionApplied) -> None:
        """Remember a comparison by a function or method, or a rounding."""
        tensor, given = applied.tensor or TensorValue(), applied.arguments.positional
        if applied.name in ROUNDING:
            self._collect(tensor, HALF, applied.site)
        if applied.name in COMPARISONS and given and isinstance(given[-1], Literal):
            self._collect(tensor, given[-1].value, applied.site)

    def _collect(self, tensor: TensorValue, limit: object, site: Site) -> None:
        if isinstance(limit, bool) or not isinstance(limit, (int, float)):
            return
        via = tuple(self.machine.via)
        threshold = Threshold(site=site, via=via, of=fact_of(tensor), value=float(limit), loss="")
        self._thresholds[self.occasion(threshold)] = (threshold, tensor.output_of)

    @listens
    def emit_thresholds(self, _: ProjectEnded) -> None:
        """Tell which outputs were compared with a number, and the one loss that they were trained with."""
        for occasion, (threshold, output) in self._thresholds.items():
            losses = self._losses.get(output, set()) if output is not None else set()
            self.emit(replace(threshold, loss=next(iter(losses)) if len(losses) == 1 else ""), occasion)
