"""TL407 missing-set-epoch

## What it finds

An epoch loop that trains with a shuffling `DistributedSampler` and never calls its `set_epoch`. A class of the
project's own that derives from it counts as one.

## Why it is bad

The sampler draws its order from its seed and the epoch that it was given. Without `set_epoch` that is epoch 0
every time: each epoch goes through the same batches in the same order, and every process sees the same share of
the data again. Nothing is shuffled but once.

## Example

```python
for epoch in range(epochs):
    for inputs, targets in train_loader:
        ...
```

## Use instead

```python
for epoch in range(epochs):
    train_sampler.set_epoch(epoch)
    for inputs, targets in train_loader:
        ...
```

## What stays silent

A sampler that does not shuffle or may not, and a `set_epoch` anywhere in the loop, in a called function or under a
condition. A sampler class of the project's own that does not derive from `DistributedSampler`, or that draws in an
order of its own which no epoch changes.

## Fix safety

Safe: `train_sampler.set_epoch(epoch)` is added at the start of the loop. There is no fix where the loop has no number
to give, or where no name there means the sampler on every way.

## Source

https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.run import EpochLoop
from torchlint.finding import Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL407", name="missing-set-epoch", severity=Severity.WARNING, eyes="SL", fix="safe")


def check(fact: EpochLoop) -> Iterator[Violation]:
    """Object to an epoch loop that leaves its sampler at the same epoch."""
    if fact.shuffles is not Yes or fact.sets_epoch is not No:
        return
    yield Violation(
        fact.site,
        f"Nothing in this loop calls `set_epoch` of the `{fact.sampler}`: every epoch trains on the same batches in "
        "the same order.",
        f"Call `{fact.called or 'train_loader.sampler'}.set_epoch(epoch)` at the start of each epoch.",
        fix=_fix(fact) if fact.written else None,
    )


def _fix(fact: EpochLoop) -> Fix:
    call = (fact.written, ".set_epoch(", Excerpt(fact.site, Part.TARGET), ")")
    return Fix("Tell the sampler which epoch it is", (Insert(Place.FIRST_IN, fact.site, call),))
