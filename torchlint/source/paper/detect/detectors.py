"""All detectors; the order in which they are told of something does not matter."""

from __future__ import annotations

from torchlint.source.paper.detect.architecture.adjacency import BiasBeforeBatchNorm
from torchlint.source.paper.detect.architecture.births import BuiltInForward
from torchlint.source.paper.detect.architecture.containers import PlainContainers
from torchlint.source.paper.detect.architecture.cuts import GraphCuts
from torchlint.source.paper.detect.architecture.registration import RegistrationBeforeInit
from torchlint.source.paper.detect.architecture.repeats import LayersHeldTwice
from torchlint.source.paper.detect.architecture.tensors import LooseTensors
from torchlint.source.paper.detect.architecture.usage import UnusedLayers
from torchlint.source.paper.detect.detector import Detector
from torchlint.source.paper.detect.steps.events import BackwardCalls, ModeSwitches

DETECTORS: tuple[type[Detector], ...] = (
    BuiltInForward,
    BiasBeforeBatchNorm,
    PlainContainers,
    LooseTensors,
    LayersHeldTwice,
    RegistrationBeforeInit,
    UnusedLayers,
    GraphCuts,
    ModeSwitches,
    BackwardCalls,
)
