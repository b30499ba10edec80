"""TL408 distributed-data-not-sharded

## What it finds

A training loader without a distributed sampler that feeds a model wrapped in DDP or FSDP.

## Why it is bad

Each process makes a loader of its own over the whole dataset. Without a `DistributedSampler` every process goes
through all of it: an epoch takes as long as on one device and, where the order is the same everywhere, the
processes compute the same gradients and the added devices add nothing.

## Example

```python
model = DistributedDataParallel(model)
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
```

## Use instead

```python
model = DistributedDataParallel(model)
sampler = DistributedSampler(train_set)
train_loader = DataLoader(train_set, batch_size=64, sampler=sampler)
```

## What stays silent

Iterable datasets, which shard themselves, datasets that are given a rank, samplers that are not known, and
loaders that a framework prepares.

## Fix safety

There is no fix.

## Source

https://docs.pytorch.org/tutorials/beginner/ddp_series_multigpu.html
"""

from collections.abc import Iterator

from torchlint.facts.data import Loader
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL408", name="distributed-data-not-sharded", severity=Severity.ERROR, eyes="SL")


def check(fact: Loader) -> Iterator[Violation]:
    """Object to whole data for each process of a model that is trained by several."""
    if fact.whole_on_every_rank:
        yield Violation(
            fact.site,
            "Every process of this distributed training goes through the whole dataset: nothing deals the samples "
            "out among the ranks.",
            "Pass `sampler=DistributedSampler(dataset)`, and leave `shuffle` to it.",
        )
