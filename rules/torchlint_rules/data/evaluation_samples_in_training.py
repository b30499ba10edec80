"""TL414 evaluation-samples-in-training

## What it finds

Samples that a model is evaluated on are the same, bit for bit, as samples that it was trained on.

## Why it is bad

The score tells how well the model remembers, not what it will do with new data. It rises with every epoch, and looks
best for the model that overfits most.

## Example

```python
train_frame = frame.sample(frac=0.8)
val_frame = frame.sample(frac=0.2)
```

## Use instead

```python
train_frame = frame.sample(frac=0.8)
val_frame = frame.drop(train_frame.index)
```

## What stays silent

A few samples, or as many as the training samples have doubles among themselves: where features are few and coarse,
equal samples are no leak (and where samples were doubled before the split, this rule cannot tell). A loader of training
data that is evaluated under its own name, or over the very dataset that is trained on (TL409). Scripts that overfit on
purpose and say so. Samples that augmentation changes cannot be told again, and of each loader some 2,000 are looked at.

## Fix safety

There is no fix: where the data is split decides.

## Source

https://scikit-learn.org/stable/common_pitfalls.html#data-leakage
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.data import SamplesTrainedOn
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL414", name="evaluation-samples-in-training", severity=Severity.ERROR, eyes="L")
FEW = 8
SHARE = 0.02
MARGIN = 1.5


def check(fact: SamplesTrainedOn) -> Iterator[Violation]:
    """Object to more known samples than doubles in the data explain."""
    share = fact.found / fact.looked_at
    if fact.found < FEW or share < SHARE + MARGIN * fact.repeated or fact.deliberate is Yes:
        return
    yield Violation(
        fact.site,
        f"{fact.found} of {fact.looked_at} samples that this loader evaluates on were trained on before, bit for bit: "
        "the score shows what the model remembers.",
        "Split the data once, into parts that have nothing in common, before anything else is done with it.",
    )
