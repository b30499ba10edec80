"""All detectors; the order in which they are told of something does not matter."""

from __future__ import annotations

from torchlint.source.paper.detect.architecture.adjacency import BiasBeforeBatchNorm
from torchlint.source.paper.detect.architecture.births import BuiltInForward
from torchlint.source.paper.detect.architecture.calls import DirectForwards, IndexCalls
from torchlint.source.paper.detect.architecture.containers import PlainContainers
from torchlint.source.paper.detect.architecture.cuts import GraphCuts
from torchlint.source.paper.detect.architecture.dropout import DropoutInForward
from torchlint.source.paper.detect.architecture.flags import GradientFlags
from torchlint.source.paper.detect.architecture.methods import MissingMethods
from torchlint.source.paper.detect.architecture.plain_parts import PlainParts
from torchlint.source.paper.detect.architecture.registration import RegistrationBeforeInit
from torchlint.source.paper.detect.architecture.repeats import LayersHeldTwice
from torchlint.source.paper.detect.architecture.shared_inputs import SharedInputs
from torchlint.source.paper.detect.architecture.tensors import LooseTensors
from torchlint.source.paper.detect.architecture.unfilled import UnfilledParameters
from torchlint.source.paper.detect.architecture.usage import UnusedLayers
from torchlint.source.paper.detect.data.draws import SingleBatches
from torchlint.source.paper.detect.data.loaders import Loaders
from torchlint.source.paper.detect.data.parts import SharedTransforms
from torchlint.source.paper.detect.data.pipelines import Pipelines
from torchlint.source.paper.detect.data.statistics import StatisticsBeforeSplit
from torchlint.source.paper.detect.data.streams import EndlessStreams
from torchlint.source.paper.detect.detector import Detector
from torchlint.source.paper.detect.hygiene.data_attribute import DataAttributes
from torchlint.source.paper.detect.hygiene.variables import Variables
from torchlint.source.paper.detect.loops.entries import TrainingEntries
from torchlint.source.paper.detect.loops.epochs import EpochLoops
from torchlint.source.paper.detect.loops.evaluated import Evaluations
from torchlint.source.paper.detect.loops.predictions import Predictions
from torchlint.source.paper.detect.loops.synchronisation import Synchronisations
from torchlint.source.paper.detect.loops.training import TrainingIterations
from torchlint.source.paper.detect.losses.activations import Logarithms, SoftmaxDimensions
from torchlint.source.paper.detect.losses.averages import Averages
from torchlint.source.paper.detect.losses.bootstrapping import BootstrappedTargets
from torchlint.source.paper.detect.losses.calls import LossCalls
from torchlint.source.paper.detect.losses.differences import Differences
from torchlint.source.paper.detect.losses.padding import PaddedLosses
from torchlint.source.paper.detect.losses.sums import KeptLosses
from torchlint.source.paper.detect.losses.thresholds import Thresholds
from torchlint.source.paper.detect.losses.trained import TrainedLosses
from torchlint.source.paper.detect.losses.views import MovingViews
from torchlint.source.paper.detect.steps.checkpoints import Checkpoints
from torchlint.source.paper.detect.steps.events import BackwardCalls, ModeSwitches
from torchlint.source.paper.detect.steps.frozen_norms import FrozenNorms
from torchlint.source.paper.detect.steps.kept_weights import KeptModelWeights
from torchlint.source.paper.detect.steps.left_out import LeftOutParameters
from torchlint.source.paper.detect.steps.plateaus import PlateauSteps
from torchlint.source.paper.detect.steps.rebuilding import RebuiltOptimizers
from torchlint.source.paper.detect.steps.second_names import SecondNames
from torchlint.source.paper.detect.steps.unheld import UnheldLayers
from torchlint.source.paper.detect.steps.unstepped import UnsteppedSchedulers
from torchlint.source.paper.detect.steps.zero_rates import ZeroRates

DETECTORS: tuple[type[Detector], ...] = (
    BuiltInForward,
    BiasBeforeBatchNorm,
    MissingMethods,
    PlainContainers,
    PlainParts,
    LooseTensors,
    LayersHeldTwice,
    RegistrationBeforeInit,
    SharedInputs,
    UnfilledParameters,
    UnusedLayers,
    MovingViews,
    GraphCuts,
    DropoutInForward,
    DirectForwards,
    IndexCalls,
    GradientFlags,
    ModeSwitches,
    BackwardCalls,
    Checkpoints,
    PlateauSteps,
    FrozenNorms,
    LeftOutParameters,
    RebuiltOptimizers,
    ZeroRates,
    UnheldLayers,
    UnsteppedSchedulers,
    Averages,
    LossCalls,
    Differences,
    PaddedLosses,
    Thresholds,
    SoftmaxDimensions,
    Logarithms,
    Variables,
    DataAttributes,
    BootstrappedTargets,
    EndlessStreams,
    EpochLoops,
    Evaluations,
    KeptLosses,
    KeptModelWeights,
    Loaders,
    Pipelines,
    Predictions,
    SharedTransforms,
    SecondNames,
    SingleBatches,
    StatisticsBeforeSplit,
    Synchronisations,
    TrainedLosses,
    TrainingEntries,
    TrainingIterations,
)
