"""Compares the records of all ranks: whether replicas drift apart, and whether ranks share out their data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.data import Dataset, Loader
from torchlint.facts.evidence import Evidence
from torchlint.facts.fact import Fact
from torchlint.facts.ranks import Replicas
from torchlint.live.ranks.records import LoaderRecord, OptimizerRecord

SAME = 1e-6
"""How far sums of equal parameters may lie apart. Averaged gradients make them equal to the bit."""
Difference = tuple[int, int, float]
"""A step, a parameter, and how far it lies apart between ranks."""


def compared(optimizers: Sequence[Sequence[OptimizerRecord]], loaders: Sequence[Sequence[LoaderRecord]]) -> list[Fact]:
    """The facts that all ranks make together; each sequence holds the records of one rank, by rank."""
    trained_on = [loader for of_rank in loaders for loader in of_rank if loader.trains]
    dealt_out = bool(trained_on) and all(loader.distributed for loader in trained_on)
    facts: list[Fact] = [_replicas(record, dealt_out) for record in zip(*optimizers, strict=False)]
    facts += [_not_sharded(record) for record in zip(*loaders, strict=False) if _same_data(record)]
    return facts


def _replicas(ranks: Sequence[OptimizerRecord], dealt_out: bool) -> Replicas:
    first, count = ranks[0], len(ranks)
    comparable = all(record.whole and record.shapes == first.shapes for record in ranks)
    wrapped = join(Answer.of(record.wrapped) for record in ranks)
    replicated = Answer.of((wrapped is Yes or dealt_out) if comparable else None)
    differences = list(_differences(ranks)) if comparable else []
    after = [each for each in differences if each[0] > 0]
    steps = {step for step in _common_steps(ranks) if step > 0}
    apart = {step for step, _, _ in after}
    # What came together again was no drift: parameters that are averaged every few steps.
    lasting = bool(after) and max(steps) in apart
    step, parameter, distance = min(after) if lasting else (None, None, 0.0)
    return Replicas(
        site=first.site,
        replicated=replicated,
        wrapped=wrapped,
        agree=Answer.of(not after if lasting or not after else None) if comparable and steps else Unknown,
        equal_at_first=Answer.of(not any(each[0] == 0 for each in differences)) if comparable else Unknown,
        parameter="" if parameter is None else first.names[parameter],
        evidence=Evidence((("relative difference", distance),), step, tuple(range(count))) if lasting else None,
    )


def _common_steps(ranks: Sequence[OptimizerRecord]) -> list[int]:
    return sorted(int(step) for step in set.intersection(*(set(record.digests) for record in ranks)))


def _differences(ranks: Sequence[OptimizerRecord]) -> Iterator[Difference]:
    """For each step at which parameters differ, the one that differs the most."""
    for step in _common_steps(ranks):
        digests = [record.digests[str(step)] for record in ranks]
        apart = [_apart([each[at : at + 2] for each in digests]) for at in range(0, len(digests[0]), 2)]
        if apart and max(apart) > SAME:
            yield step, apart.index(max(apart)), max(apart)


def _apart(digests: Sequence[Sequence[float]]) -> float:
    """How far the sums and norms of one parameter lie apart, as a part of its norm; NaN says nothing."""
    if not all(isfinite(value) for each in digests for value in each):
        return 0.0
    largest = max(norm for _, norm in digests)
    widest = max(max(values) - min(values) for values in zip(*digests, strict=True))
    return widest / largest if largest > 0 else 0.0


def _same_data(ranks: Sequence[LoaderRecord]) -> bool:
    """Whether every rank draws on its own from the same dataset, to train its copy of one model."""
    alone = all(record.local and record.trains and record.wrapped for record in ranks)
    return alone and ranks[0].data != "" and len({record.data for record in ranks}) == 1


def _not_sharded(ranks: Sequence[LoaderRecord]) -> Loader:
    return Loader(
        site=ranks[0].site,
        dataset=Dataset("dataset", iterable=No, sharded=No),
        trains=Yes,
        evaluates=Unknown,
        shuffle=Unknown,
        shuffle_given=Unknown,
        sampler=No,
        data_parallel=Yes,
        evidence=Evidence(ranks=tuple(range(len(ranks)))),
    )
