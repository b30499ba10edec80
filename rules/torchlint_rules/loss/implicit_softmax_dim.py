"""TL506 implicit-softmax-dim

## What it finds

A softmax or log-softmax without `dim`, the dimension along which it normalises.

## Why it is bad

torch then guesses: dimension 0 for tensors of 1 or 3 dimensions, 1 for all others, and warns once. For a batch of
sequences, (batch, time, classes), that is the batch: each sample's scores then depend on the others'.

## Example

```python
attention = F.softmax(scores)
```

## Use instead

```python
attention = F.softmax(scores, dim=-1)
```

## What stays silent

Any `dim`, whatever its value, and arguments that are handed on (`**kwargs`).

## Fix safety

There is no fix: the shape decides which dimension is meant.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.loss import Activation
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL506", name="implicit-softmax-dim", severity=Severity.WARNING, eyes="S")


def check(fact: Activation) -> Iterator[Violation]:
    """Object to a softmax without `dim`."""
    if fact.has_dimension is not No:
        return
    yield Violation(
        fact.site,
        f"{fact.name} is not told its dimension and takes the first one for tensors of 1 or 3 dimensions: over a "
        "batch of sequences it mixes the samples.",
        "Say which dimension holds the classes: `dim=-1`, or `dim=1` for images.",
    )
