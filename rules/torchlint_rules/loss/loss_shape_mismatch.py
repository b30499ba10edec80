"""TL508 loss-shape-mismatch

## What it finds

An elementwise loss (MSE, L1, BCE) over shapes that broadcast, such as a prediction of (N, 1) and a target of (N,).
In the text, also one that is written by hand, as `((prediction - target) ** 2).mean()`.

## Why it is bad

Broadcasting makes both (N, N): every prediction is compared with every target, and the model learns to give the
mean of all targets. The loss goes down for a while, and torch only warns. BCE stops with an error.

## Example

```python
scores = nn.Linear(8, 1)(features)  # (N, 1)
loss = F.mse_loss(scores, targets)  # (N,)
```

## Use instead

```python
loss = F.mse_loss(scores.squeeze(1), targets)
```

## What stays silent

Shapes of which a part is not known, and a target that is one number.

## Fix safety

There is no fix: either side may be the one to reshape.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
"""

from collections.abc import Iterator
from types import EllipsisType

from torchlint.facts.loss import Difference, LossCall
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL508", name="loss-shape-mismatch", severity=Severity.ERROR, eyes="SL")
ELEMENTWISE = frozenset("MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss".split())

Shape = tuple[int | EllipsisType | None, ...]


def check_loss(fact: LossCall) -> Iterator[Violation]:
    """Object to shapes of which one lacks a last dimension of size 1, or is spread over the other's columns."""
    prediction, target = fact.prediction.shape, fact.target.shape
    if fact.loss not in ELEMENTWISE or not prediction or not target or not _broadcast(prediction, target):
        return
    yield Violation(
        fact.site,
        f"{fact.loss} compares a prediction of {_in_words(prediction)} with a target of {_in_words(target)}: they are "
        "broadcast, and every sample is compared with others' targets.",
        "Give both the same shape: `prediction.squeeze(1)`, or `target.unsqueeze(1)`.",
    )


def check_difference(fact: Difference) -> Iterator[Violation]:
    """Object to the same where the loss is written by hand: `((prediction - target) ** 2).mean()`."""
    prediction, target = fact.prediction.shape, fact.target.shape
    if not prediction or not target or not _broadcast(prediction, target):
        return
    yield Violation(
        fact.site,
        f"This loss subtracts a target of {_in_words(target)} from a prediction of {_in_words(prediction)}: they are "
        "broadcast, and every sample is compared with others' targets.",
        "Give both the same shape: `prediction.squeeze(1)`, or `target.unsqueeze(1)`.",
    )


def _broadcast(prediction: Shape, target: Shape) -> bool:
    return _lacks_column(prediction, target) or _lacks_column(target, prediction) or _spreads(prediction, target)


def _lacks_column(longer: Shape, shorter: Shape) -> bool:
    """Whether it is (N, 1) against (N,), whatever else lies between."""
    if longer[-1] != 1 or ... in shorter or shorter[-1] == 1:
        return False
    between = longer[:-1]
    if ... in between:
        return between[0] is not ... and len(shorter) == 1
    return len(between) == len(shorter) and all(
        None in (first, second) or first == second for first, second in zip(between, shorter, strict=True)
    )


def _spreads(prediction: Shape, target: Shape) -> bool:
    """Whether one column is compared with several."""
    if ... in prediction or ... in target or len(prediction) != len(target):
        return False
    several = [isinstance(second, int) and second > 1 for second in target[1:]]
    return any(first == 1 and more for first, more in zip(prediction[1:], several, strict=True))


def _in_words(shape: Shape) -> str:
    sizes = ["..." if size is ... else "N" if size is None else str(size) for size in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
