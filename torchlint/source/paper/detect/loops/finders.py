"""All analyses that find evaluations."""

from __future__ import annotations

from torchlint.source.paper.detect.detector import Analysis
from torchlint.source.paper.detect.loops.beside_training import EvaluationsBesideTraining
from torchlint.source.paper.detect.loops.evaluations import EvaluatedBatches, EvaluationLoops
from torchlint.source.paper.detect.loops.full_batch import FullBatchEvaluations
from torchlint.source.paper.detect.loops.given_data import EvaluationsOfGivenData
from torchlint.source.paper.detect.loops.measured import MeasuringLoops

EVALUATION_FINDERS: tuple[type[Analysis], ...] = (
    EvaluationLoops,
    EvaluatedBatches,
    FullBatchEvaluations,
    EvaluationsOfGivenData,
    MeasuringLoops,
    EvaluationsBesideTraining,
)
"""Who listens to `Evaluated` shares them."""
