"""All detectors, in the order in which they are told."""

from __future__ import annotations

from torchlint.source.paper.detect.architecture.adjacency import BiasBeforeBatchNorm
from torchlint.source.paper.detect.architecture.births import BuiltInForward
from torchlint.source.paper.detect.architecture.cuts import GraphCuts
from torchlint.source.paper.detect.detector import Detector
from torchlint.source.paper.detect.steps.events import BackwardCalls, ModeSwitches

DETECTORS: tuple[type[Detector], ...] = (
    BuiltInForward,
    BiasBeforeBatchNorm,
    GraphCuts,
    ModeSwitches,
    BackwardCalls,
)
