"""TL511 threshold-on-logits

## What it finds

Raw scores, trained with `BCEWithLogitsLoss`, that are compared with 0.5 or rounded.

## Why it is bad

A raw score of 0.5 is a probability of 0.62. Everything between 0 and 0.5 is counted as negative although the
model says it is more likely positive: accuracy, recall and whatever is chosen by them are wrong.

## Example

```python
scores = model(images)
loss = F.binary_cross_entropy_with_logits(scores, labels)
predicted = scores > 0.5
```

## Use instead

```python
predicted = scores > 0
predicted = torch.sigmoid(scores) > 0.5
```

## What stays silent

Scores compared with 0, a sigmoid on the way, other numbers (a threshold that was chosen on validation data), and
outputs of a model that is trained with several losses.

## Fix safety

Unsafe: the number becomes 0, which changes what is counted. There is no fix for what is rounded.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import Range
from torchlint.facts.loss import Threshold
from torchlint.finding import Severity
from torchlint.fix import Fix, Renumber
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL511", name="threshold-on-logits", severity=Severity.WARNING, eyes="S", fix="unsafe")


def check(fact: Threshold) -> Iterator[Violation]:
    """Object to a score compared with 0.5, which is no probability."""
    if (
        fact.loss != "BCEWithLogitsLoss"
        or fact.value != 0.5
        or fact.of.range not in (Range.RAW, Range.HARDLY_NEGATIVE, Range.UNKNOWN)
    ):
        return
    yield Violation(
        fact.site,
        "The model is trained with BCEWithLogitsLoss, so this is a raw score: 0.5 stands for a probability of 0.62, "
        "and what lies between 0 and 0.5 is counted as negative.",
        "Compare the score with 0, or its sigmoid with 0.5.",
        fix=Fix("Compare the score with 0", (Renumber(fact.site, fact.value, "0"),)),
    )
