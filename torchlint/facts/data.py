"""What a run's batches are made by: datasets, transform pipelines, samplers and loaders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.fact import Fact, OwnEvidence
from torchlint.facts.site import Site


@dataclass(frozen=True, slots=True)
class PartArgument:
    """The argument of a dataset that picks a part of the data: its name, its value, and where it may stand without it.

    `held_out` is the value that picks the part for evaluation, where that is known.
    """

    name: str
    value: bool | str
    position: int | None = None
    held_out: bool | str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: `name` is its class, `names` what it was called where it was bound.

    `training_part` says whether it was built as that (`train=True`), `part` is the argument that says so. `trains` says
    whether a loader that trains is given the same dataset, or its name says so. `in_memory` is Yes where a sample costs
    no reading, `sharded` is No where nothing that it was built with differs between processes. `ordered` is No where
    `__getitem__` never looks at the index that it is given: it draws a sample, whichever is asked for.
    """

    name: str
    site: Site | None = None
    names: frozenset[str] = frozenset()
    fake: Answer = No
    iterable: Answer = Unknown
    training_part: Answer = Unknown
    part: PartArgument | None = None
    trains: Answer = Unknown
    in_memory: Answer = Unknown
    sharded: Answer = Unknown
    ordered: Answer = Unknown


@dataclass(frozen=True, slots=True)
class Sampler:
    """What draws for a loader: `shuffle_given` says whether it was asked to, where it can be asked.

    `name` is its class, `names` what it was called where it was bound, `site` where it was built.
    """

    name: str
    shuffles: Answer = Unknown
    shuffle_given: Answer = Unknown
    distributed: Answer = Unknown
    names: frozenset[str] = frozenset()
    site: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader(Fact):
    """A loader, at its `DataLoader(...)` call.

    `trains` and `evaluates` say what its batches are used for, `held_out` whether its name, or that of its dataset,
    says validation or test. `shuffle` is No when it is absent or literally
    false; `shuffle_given` distinguishes the two. `sampler` covers `batch_sampler` too, `drawn_by` is the sampler
    where it is known, `dealt_out` says that a framework gives each process its share. `data_parallel` is Yes where it
    feeds a model of which every process trains a copy. `workers` is None where it is not known,
    `whole` is Yes where one batch holds the whole dataset. `scored` is Yes where an evaluation measures a model on its
    batches, sample by sample; `leaves_out` where the samples at the end that fill no batch are left out. `shared` is
    Yes where the same call also builds a loader that evaluates, or this one does both; `only_evaluates` is Yes where no
    loader that the same call builds trains.
    `of_test` is Yes where a unit test builds it: nobody keeps what is trained there.
    """

    dataset: Dataset
    trains: Answer
    evaluates: Answer
    shuffle: Answer
    shuffle_given: Answer
    sampler: Answer
    drawn_by: Sampler | None = None
    held_out: Answer = Unknown
    data_parallel: Answer = Unknown
    dealt_out: Answer = No
    workers: int | None = None
    whole: Answer = No
    scored: Answer = Unknown
    leaves_out: Answer = Unknown
    shared: Answer = No
    only_evaluates: Answer = Unknown
    of_test: Answer = Unknown

    @property
    def whole_on_every_rank(self) -> bool:
        """Whether every process of a distributed training goes through the whole dataset: nothing deals it out."""
        if self.trains is not Yes or self.data_parallel is not Yes or self.dealt_out is Yes:
            return False
        if self.dataset.iterable is Yes or self.dataset.sharded is not No:
            return False
        return self.sampler is No or (self.drawn_by is not None and self.drawn_by.distributed is No)

    def covers(self) -> frozenset[Site]:
        """Nothing: of two loaders that one call builds, each stands for itself."""
        return frozenset()


class Role(Enum):
    """The part that a transform plays in a pipeline.

    TO_TENSOR gives a tensor that a model takes, TO_BYTES one of whole numbers that nobody has scaled yet, and TO_LAYOUT
    (of albumentations) only turns an array into one. ARBITRARY is what somebody else's function does, CORRUPTION what
    may be what an evaluation is about.
    """

    CONTAINER = "container"
    TO_TENSOR = "to tensor"
    TO_BYTES = "to bytes"
    TO_LAYOUT = "to layout"
    NORMALIZE = "normalize"
    ARBITRARY = "arbitrary"
    RANDOM = "random"
    CORRUPTION = "corruption"
    FIXED = "fixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Transform:
    """One step of a pipeline.

    `constants` are the numbers that a normalisation was given (mean, then std), empty where they are not all
    known. `certain` is No for a step that another branch leaves out. `module` is that of its class, where it is known.
    """

    name: str
    role: Role
    site: Site
    constants: tuple[tuple[float, ...], ...] = ()
    certain: Answer = Yes
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features(OwnEvidence):
    """The numbers that reached the first layer of a model while it was trained, over a few batches.

    `features` counts the columns or channels, `measured` those that vary and hold other values than 0 and 1;
    `deviations` are the smallest and largest standard deviation of those, `offset` the median of their means over
    their deviations. `images` is Yes when neighbours resemble each other as pixels do.
    """

    features: int
    measured: int
    mean: float
    deviation: float
    low: float
    high: float
    deviations: tuple[float, float]
    offset: float
    batches: int
    input_is_target: Answer = Unknown
    images: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Fact):
    """Transforms applied in order, or one that is used as it is.

    `of_target` is Yes for masks and labels. `normalised_elsewhere` is Yes when the model, the loop or the collate
    function normalises, or an outer pipeline does. `input_is_target` is Yes when the loss compares the output
    with the input. `used` says whether a dataset that trains or evaluates a model takes it. `deliberate` is Yes
    when a name on the way says test-time augmentation. `trained_with` is the normalisation with which the same
    data trains, where there is one for all of it. `datasets` are the classes of the datasets that take it.
    """

    steps: tuple[Transform, ...]
    of_target: Answer
    normalised_elsewhere: Answer
    used: Answer
    trains: Answer
    evaluates: Answer
    input_is_target: Answer = Unknown
    images: Answer = Unknown
    fake: Answer = No
    deliberate: Answer = No
    trained_with: Transform | None = None
    datasets: frozenset[str] = frozenset()

    def covers(self) -> frozenset[Site]:
        """Nothing: of two pipelines that one call builds, each stands for itself."""
        return frozenset()


def trained_with(
    fact: Pipeline, datasets: frozenset[str], pipelines: Iterable[tuple[Pipeline, frozenset[str]]]
) -> Transform | None:
    """The normalisation that all pipelines of the same file have which train on the same kind of data.

    Each pipeline comes with the names of the datasets that it is given to. None where there is none or where there
    are several, and for a pipeline that does not evaluate alone.
    """
    if fact.evaluates is not Yes or fact.trains is Yes:
        return None
    found: dict[tuple[tuple[float, ...], ...], Transform] = {}
    for other, theirs in pipelines:
        if other.trains is not Yes or other.evaluates is Yes or other.site.file != fact.site.file:
            continue
        if not (datasets & theirs if datasets or theirs else other.via == fact.via):
            continue
        normalising = [step for step in other.steps if step.role is Role.NORMALIZE]
        if len(normalising) != 1 or len(normalising[0].constants) != 2:
            return None
        found[normalising[0].constants] = normalising[0]
    return next(iter(found.values())) if len(found) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleBatch(Fact):
    """A `next(iter(loader))`: `trains` is Yes when every iteration of a training loop uses its batch.

    `inside_loop` is Yes when it is drawn anew in the loop. `deliberate` is Yes when the function or a flag on the
    way is named for it (overfit, sanity, debug), or the batch is about the whole dataset.
    """

    loader: str
    trains: Answer
    inside_loop: Answer
    deliberate: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesTrainedOn(OwnEvidence):
    """A loader that evaluates: of so many of its samples, how many are the same, bit for bit, as trained samples.

    `repeated` is the share of the training samples that have a double among themselves. `deliberate` is Yes where a
    name on the way says that a model is to overfit.
    """

    looked_at: int
    found: int
    repeated: float
    deliberate: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTransform(Fact):
    """A transform that is set through one part of a dataset, and takes the place of what another part set: `before`."""

    attribute: str
    before: Site


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeDataStatistics(Fact):
    """A scaler fitted, or mean and std taken, over data that is split afterwards."""

    call: str
