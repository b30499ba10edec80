"""TL413 shared-subset-transform

## What it finds

`part.dataset.transform = ...` on two parts of one dataset, as `random_split` and `Subset` make them.

## Why it is bad

A part holds no data: its `dataset` is the whole, and all parts share it. The transform that is set last holds for all
of them: either training goes without its augmentation, or the validation data is augmented.

## Example

```python
train_set, val_set = random_split(images, [800, 200])
train_set.dataset.transform = augment
val_set.dataset.transform = to_tensor
```

## Use instead

Two datasets, and the indices of each part:

```python
train_part, val_part = random_split(range(1000), [800, 200])
train_set = Subset(Images(transform=augment), train_part.indices)
val_set = Subset(Images(transform=to_tensor), val_part.indices)
```

## What stays silent

Parts of two dataset objects, a copy among them. The same transform for both. Transforms that are switched back and
forth, with batches drawn in between.

## Fix safety

There is no fix: how the dataset is built decides.

## Source

https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Subset
"""

from collections.abc import Iterator

from torchlint.facts.data import SharedTransform
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL413", name="shared-subset-transform", severity=Severity.ERROR, eyes="SL")


def check(fact: SharedTransform) -> Iterator[Violation]:
    """Object at the assignment that undoes the one before."""
    before = () if fact.before.line == fact.site.line else (Related(fact.before, "this is undone"),)
    yield Violation(
        fact.site,
        f"Both parts share one dataset, and this `{fact.attribute}` takes the place of the other part's: training and "
        "evaluation both run with the last one.",
        "Build the dataset twice, once with each transform, and take `Subset(dataset, part.indices)` of each.",
        before,
    )
