"""TL504 missing-sigmoid

## What it finds

Raw scores given to `BCELoss`, which takes probabilities.

## Why it is bad

The loss takes the logarithm of what it is given, which must lie between 0 and 1. The first score outside stops
the run with an error; on a GPU that is a failed assertion which names another line.

## Example

```python
criterion = nn.BCELoss()
loss = criterion(model(images), labels)
```

## Use instead

```python
criterion = nn.BCEWithLogitsLoss()
loss = criterion(model(images), labels)
```

## What stays silent

Scores that have been through a sigmoid, a softmax or `clamp`, in the model or in the loop, and scores of which it
is not known where they come from.

## Fix safety

Safe: `BCELoss` becomes `BCEWithLogitsLoss` where it is built, which applies the sigmoid itself; the function likewise.
There is no fix for what an activation gave that is no sigmoid: that one is to go first.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import HAVE_FLOOR, Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.fix import CallNamesake, Fix
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL504", name="missing-sigmoid", severity=Severity.ERROR, eyes="SL", fix="safe")
OF_SCORES = (
    ("BCELoss", "torch.nn.BCEWithLogitsLoss"),
    ("binary_cross_entropy", "torch.nn.functional.binary_cross_entropy_with_logits"),
)
NO_PROBABILITY = HAVE_FLOOR | {Range.RAW, Range.SIGNED_UNIT, Range.LOG_PROBABILITIES, Range.LOG_UNIT}


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a prediction that is known to leave the range from 0 to 1."""
    if fact.loss != "BCELoss" or fact.prediction.range not in NO_PROBABILITY:
        return
    made = fact.prediction.activation
    yield Violation(
        fact.site,
        f"BCELoss takes the logarithm of probabilities and is given {fact.prediction.range.value}: the first one "
        "outside 0 to 1 stops the run.",
        "Give raw scores to `BCEWithLogitsLoss`, which applies the sigmoid itself.",
        () if made is None or made == fact.site else (Related(made, "made here"),),
        fix=_fix(fact),
    )


def _fix(fact: LossCall) -> Fix | None:
    if fact.prediction.range is not Range.RAW or fact.settings_at is None:
        return None
    return Fix("Give the scores to a loss that applies the sigmoid", (CallNamesake(fact.settings_at, OF_SCORES),))
