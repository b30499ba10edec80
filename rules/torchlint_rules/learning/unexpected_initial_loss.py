"""TL702 unexpected-initial-loss

## What it finds

A classification loss that starts far from what guessing gives: ln C for C classes, ln 2 for two.

## Why it is bad

A new model knows nothing and should say so: about the same score for every class. A loss far above that of
guessing means that it starts with confident wrong answers (weights or inputs on a wrong scale). The first part of
training is spent on unlearning them, and saturated layers may never recover.

## Example

```python
self.head = nn.Linear(512, 10)
nn.init.normal_(self.head.weight, std=1.0)
```

## Use instead

```python
self.head = nn.Linear(512, 10)
nn.init.normal_(self.head.weight, std=0.02)
nn.init.zeros_(self.head.bias)
```

## What stays silent

Losses that are not known to be those of classes, and a low first loss where the model may have been trained
before. Class weights and label smoothing are left out before the loss is judged.

## Fix safety

There is no fix: the scale of the weights or of the inputs is for the author to choose.

## Source

Andrej Karpathy, "A Recipe for Training Neural Networks": verify loss @ init, https://karpathy.github.io/2019/04/25/recipe/
"""

from collections.abc import Iterator
from math import exp, isfinite, log

from torchlint.facts.answer import Yes
from torchlint.facts.health import InitialLoss
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL702", name="unexpected-initial-loss", severity=Severity.WARNING, eyes="L")

TOO_HIGH, MARGIN = 2.0, 1.0
"""Twice the loss of guessing and one more: scores with a spread of 1, which is wide, add only about a half."""
TOO_LOW = 0.25
"""A quarter of the loss of guessing is out of reach for a model that has seen nothing, with any balance of classes
but the most extreme."""


def check(fact: InitialLoss) -> Iterator[Violation]:
    """Object to a first loss that is far from that of guessing."""
    expected = log(fact.classes) if fact.classes > 1 else 0.0
    if not expected or not isfinite(fact.value):
        return
    observed = f"{fact.loss} starts at {fact.value:.4g}; guessing among {fact.classes} classes gives {expected:.4g}"
    if fact.value > TOO_HIGH * expected + MARGIN:
        yield Violation(
            fact.site,
            f"{observed}: the model starts with confident wrong answers, as though it gave the right class a chance of "
            f"one in {min(exp(min(fact.value, 50.0)), 1e15):.3g}.",
            "Look at the scale of the inputs and of the last layer's initial weights.",
        )
    elif fact.value < TOO_LOW * expected and fact.untrained is Yes and fact.classes > 2:
        yield Violation(
            fact.site,
            f"{observed}: a model that has seen no data cannot be that good.",
            "Look whether the target is part of the input, and whether the batch holds one class only.",
        )
