"""Optimizers and learning-rate schedulers: which there are, and how they want to be stepped."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.event import Cadence


@dataclass(frozen=True, slots=True)
class OptimizerKind:
    """An optimizer of torch; `needs_closure` when its step computes the loss anew."""

    name: str
    needs_closure: bool = False


@dataclass(frozen=True, slots=True)
class SchedulerKind:
    """A scheduler: how often it is to be stepped, and what it takes.

    `total` is the argument, by name and position, that says after how many steps the schedule or a part of it ends,
    `counts` the one that says how many steps an epoch or a wave has: what counts batches there makes the cadence sure.
    `factor` is the one that multiplies the rate again and again.
    """

    name: str
    cadence: Cadence = Cadence.EITHER
    needs_metric: bool = False
    total: tuple[str, int] | None = None
    counts: tuple[str, int] | None = None
    factor: tuple[str, int] | None = None


_STEPPED = "ASGD Adadelta Adafactor Adagrad Adam AdamW Adamax Muon NAdam RAdam RMSprop Rprop SGD SparseAdam"
OPTIMIZERS: dict[str, OptimizerKind] = {
    **{name: OptimizerKind(name) for name in _STEPPED.split()},
    "LBFGS": OptimizerKind("LBFGS", needs_closure=True),
}

_OPTIMIZERS_ELSEWHERE = {
    "timm.optim": "AdaBelief Adafactor AdafactorBigVision Adadelta Adagrad Adahessian Adam AdamP AdamW "
    "AdamWLegacy Adamax Adan Adopt LaProp Lamb Lars Lion MADGRAD Mars Muon NAdam NAdamLegacy NAdamW "
    "NvNovoGrad RAdam RAdamLegacy RMSprop RMSpropTF SGD SGDP SGDW create_optimizer create_optimizer_v2",
    "transformers": "AdamW Adafactor",
    "transformers.optimization": "AdamW Adafactor",
    "apex.optimizers": "FusedAdagrad FusedAdam FusedLAMB FusedMixedPrecisionLamb FusedNovoGrad FusedSGD",
    "bitsandbytes.optim": "Adam Adam8bit Adam32bit PagedAdam PagedAdam8bit PagedAdam32bit AdamW "
    "AdamW8bit AdamW32bit PagedAdamW PagedAdamW8bit PagedAdamW32bit Adagrad Adagrad8bit LAMB LAMB8bit "
    "LARS LARS8bit Lion Lion8bit PagedLion PagedLion8bit RMSprop RMSprop8bit SGD SGD8bit",
    "torch_optimizer": "A2GradExp A2GradInc A2GradUni AccSGD AdaBelief AdaBound AdaMod Adafactor "
    "Adahessian AdamP AggMo Apollo DiffGrad LARS Lamb MADGRAD NovoGrad PID QHAdam QHM RAdam Ranger "
    "RangerQH RangerVA SGDP SGDW SWATS Shampoo Yogi",
    "lion_pytorch": "Lion",
    "prodigyopt": "Prodigy",
    "dadaptation": "DAdaptAdam DAdaptAdaGrad DAdaptLion DAdaptSGD",
    "adabelief_pytorch": "AdaBelief",
    "schedulefree": "AdamWScheduleFree RAdamScheduleFree SGDScheduleFree",
    "deepspeed.ops.adam": "FusedAdam DeepSpeedCPUAdam",
}
OPTIMIZERS_ELSEWHERE = frozenset(
    f"{package}.{name}" for package, names in _OPTIMIZERS_ELSEWHERE.items() for name in names.split()
)
"""Optimizers of other packages, by dotted name."""

_EITHER = "ChainedScheduler LambdaLR MultiplicativeLR SequentialLR"
_ENDING = {
    "ConstantLR": ("total_iters", 2),
    "CosineAnnealingLR": ("T_max", 1),
    "CosineAnnealingWarmRestarts": ("T_0", 1),
    "LinearLR": ("total_iters", 3),
    "PolynomialLR": ("total_iters", 1),
}
SCHEDULERS: dict[str, SchedulerKind] = {
    **{name: SchedulerKind(name) for name in _EITHER.split()},
    **{name: SchedulerKind(name, total=total) for name, total in _ENDING.items()},
    "ExponentialLR": SchedulerKind("ExponentialLR", factor=("gamma", 1)),
    "MultiStepLR": SchedulerKind("MultiStepLR", factor=("gamma", 2)),
    "StepLR": SchedulerKind("StepLR", total=("step_size", 1), factor=("gamma", 2)),
    "CyclicLR": SchedulerKind("CyclicLR", Cadence.BATCH, counts=("step_size_up", 3)),
    "OneCycleLR": SchedulerKind("OneCycleLR", Cadence.BATCH, total=("total_steps", 2), counts=("steps_per_epoch", 4)),
    "ReduceLROnPlateau": SchedulerKind("ReduceLROnPlateau", Cadence.EPOCH, needs_metric=True, factor=("factor", 2)),
    "SWALR": SchedulerKind("SWALR", Cadence.EPOCH),
}

PARTS = {"ChainedScheduler": ("schedulers", 0), "SequentialLR": ("schedulers", 1)}
"""The argument that holds the schedulers of which one is made, by name and position."""
FUNCTION = {"LambdaLR": ("lr_lambda", 1), "MultiplicativeLR": ("lr_lambda", 1)}
"""The argument that is a function of how often a scheduler was stepped."""
RATE = ("lr", 1)
"""The argument that is the learning rate, by name and position."""
MULTIPLYING = frozenset(
    "ConstantLR ExponentialLR LambdaLR LinearLR MultiStepLR MultiplicativeLR PolynomialLR StepLR".split()
)
"""Schedulers that make of a rate of 0 nothing else."""

_HUGGING_FACE = (
    "get_cosine_schedule_with_warmup get_cosine_with_hard_restarts_schedule_with_warmup "
    "get_cosine_with_min_lr_schedule_with_warmup get_linear_schedule_with_warmup "
    "get_polynomial_decay_schedule_with_warmup"
)
_WITHOUT_END = (
    "get_constant_schedule get_constant_schedule_with_warmup get_inverse_sqrt_schedule get_wsd_schedule".split()
)
# They count epochs through `step(epoch)`; the updates in between go through `step_update`.
_TIMM = "CosineLRScheduler MultiStepLRScheduler PolyLRScheduler StepLRScheduler TanhLRScheduler WSDLRScheduler"
SCHEDULERS_ELSEWHERE: dict[str, SchedulerKind] = {
    f"{package}.{kind.name}": kind
    for package in ("transformers", "transformers.optimization")
    for kind in (
        SchedulerKind("get_scheduler", Cadence.BATCH, total=("num_training_steps", 3)),
        *(SchedulerKind(name, Cadence.BATCH, total=("num_training_steps", 2)) for name in _HUGGING_FACE.split()),
        *map(SchedulerKind, _WITHOUT_END),
    )
} | {
    **{f"timm.scheduler.{name}": SchedulerKind(name, Cadence.EPOCH) for name in _TIMM.split()},
    "timm.scheduler.PlateauLRScheduler": SchedulerKind("PlateauLRScheduler", Cadence.EPOCH, needs_metric=True),
}
"""Schedulers of other packages, and functions that make one, by dotted name."""
FEW_STEPS = 100
"""So many steps of a schedule, or fewer, may be meant as epochs."""
MANY_STEPS = 1000
"""More steps than that are no epochs, where they are called steps."""
GROUP_OF_PARAMETERS = "params"
"""The key under which a dict gives an optimizer a group of parameters."""
