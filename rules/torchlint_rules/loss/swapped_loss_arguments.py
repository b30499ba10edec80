"""TL505 swapped-loss-arguments

## What it finds

A loss that is given the target first and the prediction second: a part of a batch, or whatever else was read or made
and comes from no model.

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
loss that is given first what its output was computed from, as of an autoencoder: it learns the same. A KL divergence
of what is made up: it may be meant in that direction.

## Fix safety

Safe: the two arguments change places in the call of the loss.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.loss import LossCall, Origin
from torchlint.finding import Severity
from torchlint.fix import Fix, SwapArguments
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL505", name="swapped-loss-arguments", severity=Severity.ERROR, eyes="SL", fix="safe")
FROM_A_FIXED_ONE = frozenset(("KLDivLoss",))
"""Losses that may rightly be given first what nobody learns: a divergence has two directions."""


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a target in the place of the prediction, gently where the loss is symmetric."""
    if fact.target.origin is not Origin.OUTPUT or not (_is_target(fact) or _is_other_data(fact)):
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
        fix=Fix("Give the prediction first", (SwapArguments(fact.site),)),
    )


def _is_target(fact: LossCall) -> bool:
    """Whether the prediction is of the batch."""
    # An autoencoder's input is its target. Of a symmetric loss it is often given first, and that does no harm.
    return fact.prediction.origin is Origin.TARGET or (fact.prediction.origin is Origin.INPUT and not fact.symmetric)


def _is_other_data(fact: LossCall) -> bool:
    """Whether the prediction is data that nothing was learned from: of no batch, perhaps, but a target all the same."""
    if fact.loss in FROM_A_FIXED_ONE or fact.prediction.is_data is not Yes:
        return False
    return not fact.symmetric or (fact.prediction.origin is Origin.UNKNOWN and fact.reconstructs is No)
