"""All detectors, in the order in which they are told."""

from __future__ import annotations

from torchlint.source.paper.detect.births import BuiltInForward
from torchlint.source.paper.detect.detector import Detector

DETECTORS: tuple[type[Detector], ...] = (BuiltInForward,)
