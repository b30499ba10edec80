"""TL502 sigmoid-before-bce-with-logits

## What it finds

Probabilities given to `BCEWithLogitsLoss`, which takes raw scores and applies the sigmoid itself.

## Why it is bad

The sigmoid is applied twice. What the loss then sees lies between 0.5 and 0.73: it cannot come near 0 for
either class, its gradients are small, and the model ends far less sure than it could be.

## Example

```python
criterion = nn.BCEWithLogitsLoss()
loss = criterion(torch.sigmoid(model(images)), labels)
```

## Use instead

```python
criterion = nn.BCEWithLogitsLoss()
loss = criterion(model(images), labels)
```

## What stays silent

A sigmoid over the target, a sigmoid after the loss (metrics, predictions), a gate inside the model, and
a sigmoid followed by `BCELoss`.

## Fix safety

Safe where only the loss uses the result: the sigmoid is removed.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL502", name="sigmoid-before-bce-with-logits", severity=Severity.ERROR, eyes="SL", fix="safe")


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a prediction that is a probability already, at the sigmoid if its place is known."""
    if fact.loss != "BCEWithLogitsLoss" or fact.prediction.range not in (Range.UNIT, Range.PROBABILITIES):
        return
    given = "a softmax" if fact.prediction.range is Range.PROBABILITIES else "a sigmoid"
    site = fact.prediction.activation or fact.site
    yield Violation(
        site,
        f"BCEWithLogitsLoss applies the sigmoid itself and is given what {given} made: the loss cannot come near "
        "0 and gradients are too small.",
        f"Give the loss raw scores: remove {given}, and apply `sigmoid` only where probabilities are read.",
        () if site == fact.site else (Related(fact.site, "the loss is computed here"),),
    )
