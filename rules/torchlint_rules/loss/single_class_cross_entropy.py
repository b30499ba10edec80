"""TL510 single-class-cross-entropy

## What it finds

`CrossEntropyLoss` over scores that have one column.

## Why it is bad

The softmax over one score is 1, whatever the score, so the loss is 0 from the first step on and no gradient
flows: the model never learns, and a loss of 0 looks like success.

## Example

```python
model = nn.Linear(20, 1)
loss = F.cross_entropy(model(features), labels)
```

## Use instead

```python
model = nn.Linear(20, 1)
loss = F.binary_cross_entropy_with_logits(model(features).squeeze(1), labels.float())
```

## What stays silent

Two and more columns, a number of classes that is not known, and scores that are reshaped on the way.

## Fix safety

There is no fix: the target decides between two columns and `BCEWithLogitsLoss`.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from collections.abc import Iterator
from types import EllipsisType

from torchlint.facts.loss import LossCall
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL510", name="single-class-cross-entropy", severity=Severity.ERROR, eyes="SL")


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to scores whose dimension of classes has size 1."""
    if fact.loss != "CrossEntropyLoss":
        return
    match fact.prediction.shape:
        case (_, 1, *_) | (*_, EllipsisType(), 1):
            yield Violation(
                fact.site,
                "The softmax over one column is always 1: the loss is 0 from the start and the model never learns.",
                "Give the model one output for each class, or use `BCEWithLogitsLoss` with one output.",
            )
