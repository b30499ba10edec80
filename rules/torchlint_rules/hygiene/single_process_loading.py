"""TL605 single-process-loading

## What it finds

A training loader with `num_workers` left at 0.

## Why it is bad

Samples are read, decoded and transformed in the training process itself, between two steps, while the device
waits. With images this is often most of the time.

## Example

```python
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
```

## Use instead

```python
train_loader = DataLoader(train_set, batch_size=64, shuffle=True, num_workers=4, pin_memory=True)
```

## What stays silent

A `TensorDataset`, whose samples are in memory already, and a number that is computed.

## Fix safety

There is no fix: how many workers pay depends on the machine.

## Source

https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.data import Loader
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL605", name="single-process-loading", severity=Severity.ADVICE, eyes="SL", default=False)


def check(fact: Loader) -> Iterator[Violation]:
    """Object to a loader that reads between the steps of the training."""
    if fact.trains is not Yes or fact.workers != 0 or fact.dataset.in_memory is Yes:
        return
    yield Violation(
        fact.site,
        "This loader reads and transforms each batch in the training process, and the device waits for it.",
        "Pass `num_workers=`, and `pin_memory=True` where the model is on a GPU.",
    )
