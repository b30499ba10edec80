"""TL401 training-data-not-shuffled

## What it finds

A loader that feeds training with neither `shuffle=True` nor a sampler.

## Why it is bad

Every epoch sees the same batches in the same order, and a dataset sorted by class gives batches of one
class. The gradients of neighbouring batches are then biased alike: training is slower, ends worse, and with
batch norm can fail.

## Example

```python
train_loader = DataLoader(train_set, batch_size=64)
```

## Use instead

```python
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
```

## What stays silent

Loaders with `sampler=` or `batch_sampler=`, iterable datasets (they order themselves), datasets whose
`__getitem__` never looks at its index (they draw a sample, whichever is asked for), a `shuffle=` that is computed,
`**options` that may hold one, one batch that holds the whole dataset, and loaders that do not train.
Unit tests, for they keep nothing of what they train. Distributed training that lacks a `DistributedSampler`: that one
omission is distributed-data-not-sharded's, and the sampler shuffles as well.
A framework that deals the samples out among processes (Accelerate, Fabric, Lightning) keeps their order: what it
prepares is reported.

## Fix safety

Safe: `shuffle=True` is added, or takes the place of `False`.

## Source

https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Loader
from torchlint.finding import Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL401", name="training-data-not-shuffled", severity=Severity.WARNING, eyes="SL", fix="safe")


def check(fact: Loader) -> Iterator[Violation]:
    """Object to a training loader that keeps the order of its dataset."""
    if fact.trains is not Yes or fact.shuffle is not No or fact.sampler is not No:
        return
    if Yes in (fact.dataset.iterable, fact.whole, fact.of_test) or fact.whole_on_every_rank:
        return
    if fact.dataset.ordered is No:
        return
    what, instead = "This loader feeds training", "Pass `shuffle=True`, or a sampler that draws at random."
    if fact.shared is Yes:
        what = "This call serves training and evaluation alike"
        instead = "Pass `shuffle=True` for training alone, such as `shuffle=is_train`: evaluation is to keep its order."
    how = "has `shuffle=False`" if fact.shuffle_given is Yes else "has neither `shuffle=True` nor a sampler"
    shuffle = SetArgument(fact.site, "shuffle", ("True",), position=2)
    yield Violation(
        fact.site,
        f"{what} and {how}: every epoch trains on the same batches in the same order.",
        instead,
        fix=None if fact.shared is Yes else Fix("Shuffle the samples", (shuffle,)),
    )
