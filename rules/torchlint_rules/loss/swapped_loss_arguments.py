"""TL505 swapped-loss-arguments

## What it finds

A loss that is given the target first and the prediction second.

## Why it is bad

torch's losses take the prediction first, unlike those of some other libraries. Swapped, a loss that treats
the two differently (cross entropy, KL divergence, BCE) measures something else or stops with an error: the
model is not trained towards the target. A symmetric loss (MSE, L1) gives the same number, until somebody
changes the loss.

## Example

```python
loss = criterion(targets, predictions)
```

## Use instead

```python
loss = criterion(predictions, targets)
```

## What stays silent

Losses in which either argument is not known to be what it is, and comparisons of two outputs of models. A symmetric
loss that is given the model's input first, as of an autoencoder: it learns the same.

## Fix safety

Safe: the two arguments change places.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.loss import LossCall, Origin
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL505", name="swapped-loss-arguments", severity=Severity.ERROR, eyes="SL", fix="safe")


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a target in the place of the prediction, gently where the loss is symmetric."""
    # An autoencoder's input is its target. Of a symmetric loss it is often given first, and that does no harm.
    data = (Origin.TARGET,) if fact.symmetric else (Origin.TARGET, Origin.INPUT)
    if fact.prediction.origin not in data or fact.target.origin is not Origin.OUTPUT:
        return
    if fact.symmetric:
        message = (
            f"{fact.loss} is given the target first and the prediction second: this loss gives the same "
            "value either way, the next one may not."
        )
    else:
        message = (
            f"{fact.loss} is given the target as its prediction and the prediction as its target: it "
            "measures something else, and the model does not learn the target."
        )
    yield Violation(
        fact.site,
        message,
        "Pass the prediction first: `criterion(predictions, targets)`.",
        severity=Severity.ADVICE if fact.symmetric else None,
    )
