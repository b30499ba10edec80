"""All rewritings: those that leave the program as it is, and those that make something perhaps so."""

from __future__ import annotations

from .blocks import AssignmentsInAFunction, CallsInAFunction, NullContext, OtherOrder
from .branches import (
    AssignmentsInBothBranches,
    CallsInBothBranches,
    ConditionalExpression,
    ElsePass,
    EmptiedBranch,
    SwappedBranches,
    UnknownBranch,
)
from .edits import Rewriting
from .imports import OptionalImport, OtherNames
from .loops import Enumerated, ForAsWhile
from .perhaps import (
    BackwardPerhaps,
    ClearsPerhaps,
    DetachesPerhaps,
    EvalAfterTrainPerhaps,
    EvalPerhaps,
    GradientsOffWithoutAPackage,
    GradientsPerhapsOff,
    NoGradPerhaps,
    ShufflesPerhaps,
    SoftmaxPerhaps,
    StepsPerhaps,
    TrainingPerhapsWithoutGradients,
    TrainPerhaps,
)
from .receivers import ReceiverInAVariable

SAME_PROGRAM: tuple[type[Rewriting], ...] = (
    SwappedBranches,
    EmptiedBranch,
    ElsePass,
    UnknownBranch,
    ConditionalExpression,
    OptionalImport,
    OtherNames,
    NullContext,
    Enumerated,
    ForAsWhile,
    ReceiverInAVariable,
    OtherOrder,
    CallsInAFunction,
    AssignmentsInAFunction,
)
"""After these, the findings are the same."""

BOTH_BRANCHES: tuple[type[Rewriting], ...] = (CallsInBothBranches, AssignmentsInBothBranches)
"""These leave the program as it is too, and join two ways at every statement: a finding may be lost, none is gained."""

PERHAPS: tuple[type[Rewriting], ...] = (
    ClearsPerhaps,
    StepsPerhaps,
    BackwardPerhaps,
    EvalPerhaps,
    TrainPerhaps,
    EvalAfterTrainPerhaps,
    GradientsPerhapsOff,
    GradientsOffWithoutAPackage,
    TrainingPerhapsWithoutGradients,
    NoGradPerhaps,
    ShufflesPerhaps,
    DetachesPerhaps,
    SoftmaxPerhaps,
)
"""After these, no finding is there that was not."""

GROUPS = {"same program": SAME_PROGRAM, "both branches": BOTH_BRANCHES, "perhaps": PERHAPS}
