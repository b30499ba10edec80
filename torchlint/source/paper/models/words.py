"""What dotted names mean on paper: the knowledge, asked in the machine's terms."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Yes
from torchlint.knowledge import names
from torchlint.knowledge.data import DATASETS, ITERABLE_DATASETS, LOADERS, LOADERS_ELSEWHERE, SAMPLERS, WRAPPERS
from torchlint.knowledge.frameworks import FRAMEWORK_OBJECTS, MODULE_BASES, factory_of
from torchlint.knowledge.functional import CUTS_GRAPH, DROPOUTS, STEP_FUNCTIONS
from torchlint.knowledge.layers import LAYERS
from torchlint.knowledge.losses import FUNCTIONS, LOSSES
from torchlint.knowledge.names import words_of
from torchlint.knowledge.optimizers import (
    FEW_STEPS,
    OPTIMIZERS,
    OPTIMIZERS_ELSEWHERE,
    SCHEDULERS,
    SCHEDULERS_ELSEWHERE,
)
from torchlint.knowledge.training import CLIPPING, DATA_PARALLEL, GRADIENT_SWITCHES, KEEP_IDENTITY, SCALERS
from torchlint.knowledge.transforms import ROLES
from torchlint.source.paper.domain.values import Kind, Length, Literal, Thing, Value

HARMLESS_DECORATORS = frozenset(
    "staticmethod classmethod property cached_property record main command option argument wraps lru_cache cache "
    "abstractmethod overload override register_model dataclass setter getter contextmanager script ignore export "
    "unused disable allow_in_graph rank_zero_only fixture parametrize custom_fwd custom_bwd jit typechecked hydra_main "
    "add_start_docstrings".split()
)
_READ_ONLY_PACKAGES = (
    "builtins numpy matplotlib PIL tensorboardX wandb torchsummary torchinfo sklearn scipy pandas os sys json math "
    "time logging collections copy random einops thop fvcore rich tqdm yaml pickle shutil re"
).split()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What calling a dotted name builds."""

    kind: Kind
    name: str
    mode: Answer = Yes


def meaning_of(dotted: str) -> Meaning | None:
    """What an installed class builds, if it is known."""
    first, _, last = dotted.partition(".")[0], None, dotted.rpartition(".")[2]
    if dotted in GRADIENT_SWITCHES:
        return Meaning(Kind.CONTEXT, dotted)
    if last in SCALERS and first in ("torch", "apex"):
        return Meaning(Kind.SCALER, dotted)
    if first == "torch" and "transforms" not in dotted:
        return _of_torch(dotted, last)
    if "transforms" in dotted.split(".") or first in ("albumentations", "kornia"):
        return Meaning(Kind.TRANSFORM, dotted) if last in ROLES or last[:1].isupper() else None
    if first == "torchvision":
        return _of_torchvision(dotted, last)
    if dotted in FRAMEWORK_OBJECTS:
        return Meaning(Kind.FRAMEWORK, dotted)
    if dotted in OPTIMIZERS_ELSEWHERE:
        return Meaning(Kind.OPTIMIZER, dotted)
    if dotted in SCHEDULERS_ELSEWHERE:
        return Meaning(Kind.SCHEDULER, dotted)
    if LOADERS_ELSEWHERE.get(dotted) == "shuffle":
        return Meaning(Kind.LOADER, dotted)
    factory = factory_of(dotted)
    return None if factory is None else Meaning(Kind.LAYER, dotted, factory.training)


def _of_torch(dotted: str, last: str) -> Meaning | None:
    if ".nn" in dotted and "function" not in dotted:  # Functions of old have the names of layers.
        if last in LOSSES:
            return Meaning(Kind.LOSS, dotted)
        if last in LAYERS:
            return Meaning(Kind.LAYER, dotted)
    if ".optim" in dotted:
        if last in SCHEDULERS:
            return Meaning(Kind.SCHEDULER, dotted)
        if last in OPTIMIZERS:
            return Meaning(Kind.OPTIMIZER, dotted)
    if "utils.data" in dotted:
        kinds = ((LOADERS, Kind.LOADER), (SAMPLERS, Kind.SAMPLER), (WRAPPERS, Kind.DATASET))
        return next((Meaning(kind, dotted) for table, kind in kinds if last in table), None)
    if dotted == "torch.hub.load":
        return Meaning(Kind.LAYER, dotted)
    return None


def _of_torchvision(dotted: str, last: str) -> Meaning | None:
    if ".datasets" in dotted and last in DATASETS:
        return Meaning(Kind.DATASET, dotted)
    if ".models" in dotted and not last.endswith("_Weights"):
        return Meaning(Kind.LAYER, dotted)
    return None


def is_module_base(dotted: str) -> bool:
    """Whether a base class from outside is a torch.nn.Module."""
    last = dotted.rpartition(".")[2]
    if dotted.startswith(("torch.nn", "torch.jit")):
        return last in LAYERS or last in LOSSES or last == "ScriptModule"
    return (
        dotted in MODULE_BASES
        or (is_framework_base(dotted) and last.endswith("Module"))
        or dotted.startswith("torchvision.models")
        or (dotted.startswith("transformers") and last.endswith(("Model", "PreTrainedModel")))
    )


def is_framework_base(dotted: str) -> bool:
    """Whether a framework calls the methods of a class with this base."""
    last = dotted.rpartition(".")[2]
    return last in ("LightningModule", "LightningDataModule", "Trainer", "Seq2SeqTrainer", "Callback")


def is_dataset_base(dotted: str) -> bool:
    """Whether a base class from outside is a dataset."""
    last = dotted.rpartition(".")[2]
    return last in ("Dataset", "IterableDataset", "VisionDataset") or (
        dotted.startswith("torchvision.datasets") and last in DATASETS
    )


def is_iterable_dataset_base(dotted: str) -> bool:
    """Whether a base class from outside is a dataset that is iterated."""
    return dotted.rpartition(".")[2] in ITERABLE_DATASETS


def is_clipping(dotted: str) -> bool:
    """Whether a function clips gradients."""
    return dotted.rpartition(".")[2] in CLIPPING


def is_functional_dropout(dotted: str) -> bool:
    """Whether a function is dropout with `training=True` by default."""
    return dotted.startswith("torch.nn.functional") and dotted.rpartition(".")[2] in DROPOUTS


def keeps_identity(dotted: str) -> bool:
    """Whether a wrapper gives back the same model."""
    last = dotted.rpartition(".")[2]
    return dotted in KEEP_IDENTITY or last in ("DistributedDataParallel", "DataParallel", "convert_syncbn_model")


def is_data_parallel(last: str) -> bool:
    """Whether a wrapper makes every process train a copy, each on a part of the data that it is fed."""
    return last in DATA_PARALLEL


def functional_loss(dotted: str) -> str | None:
    """The loss class that a function of torch computes."""
    return FUNCTIONS.get(dotted.rpartition(".")[2]) if dotted.startswith("torch.") else None


def cuts_graph(name: str) -> bool:
    """Whether a tensor method gives something without a graph."""
    return name in CUTS_GRAPH


def is_step_function(name: str) -> bool:
    """Whether a function or tensor method gives whole numbers, through which no gradient flows."""
    return name in STEP_FUNCTIONS


def reads_only(dotted: str) -> bool:
    """Whether what is given to a package's functions stays as it was."""
    return dotted.partition(".")[0] in _READ_ONLY_PACKAGES or dotted.startswith("torch.")


def keeps_results(decorator: str) -> bool:
    """Whether a function that is decorated so is run once, and then gives back what it gave."""
    return decorator.rpartition(".")[2] in ("lru_cache", "cache", "cached_property")


def is_harmless_decorator(text: str) -> bool:
    """Whether a decorator leaves modes and gradients alone."""
    return text.rpartition(".")[2] in HARMLESS_DECORATORS or text.endswith(".setter")


def transform_role(thing: Thing) -> str:
    """The part that a transform plays in a pipeline."""
    if thing.of is not None:
        return "unknown"
    return ROLES.get(thing.last, "unknown")


def cadence_of(scheduler: Thing) -> str:
    """Whether the schedule that a scheduler was given counts batches or epochs, as far as its arguments tell."""
    kind = SCHEDULERS_ELSEWHERE.get(scheduler.dotted) or SCHEDULERS.get(scheduler.last)
    if kind is None or scheduler.of is not None:
        return "either"
    given = scheduler.arguments.get(*kind.counts) if kind.counts else None
    if given is not None:
        by_hand = isinstance(given, Literal) and isinstance(given.value, (int, float)) and given.value <= FEW_STEPS
        return "either" if by_hand else kind.cadence
    if kind.total:
        return kind.cadence if _counts_batches(scheduler.arguments.get(*kind.total)) else "either"
    return "either" if kind.counts and scheduler.arguments.unknown else kind.cadence


def _counts_batches(given: Value | None) -> bool:
    return isinstance(given, Length)


_ROLE_WORDS = {
    "model": names.MODEL_WORDS,
    "not a model": names.NOT_MODEL_WORDS,
    "optimizer": names.OPTIMIZER_WORDS,
    "scheduler": names.SCHEDULER_WORDS,
    "scaler": names.SCALER_WORDS,
    "loss": names.LOSS_WORDS,
}


def named_as(role: str, name: str) -> bool:
    """Whether a name says that something plays a role."""
    return not _ROLE_WORDS[role].isdisjoint(words_of(name))


def says_test_time(name: str) -> bool:
    """Whether a name says test-time augmentation."""
    words = words_of(name)
    return "tta" in words or {"test", "time"} <= set(words)


def says_rank(name: str) -> bool:
    """Whether a name tells one process of several from another."""
    return not names.RANK_WORDS.isdisjoint(words_of(name))


def may_step(name: str) -> bool:
    """Whether a name says that a call may be what steps an optimizer."""
    return bool(set(words_of(name)) & names.STEPPING_WORDS)


def is_flag_name(name: str) -> bool:
    """Whether a name says that something is a mode flag."""
    return bool(set(words_of(name)) & names.FLAG_WORDS)
