"""TL704 exploding-gradient

## What it finds

Gradient norms that grow by orders of magnitude within a few steps and stay there.

## Why it is bad

A step is as long as its gradient: such steps throw the weights out of the region where the loss means anything,
the next gradients are larger still, and the run ends in NaN or never recovers.

## Example

```python
optimizer = torch.optim.SGD(model.parameters(), lr=10.0)
```

## Use instead

A smaller learning rate, and a bound on the gradients.

```python
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # between backward() and step()
```

## What stays silent

A single spike that is over at the next measured step (TL202 speaks of those), norms that start tiny and settle,
and clipped gradients.

## Fix safety

There is no fix: the learning rate and the bound are for the author to choose.

## Source

Pascanu et al., "On the difficulty of training recurrent neural networks", https://arxiv.org/abs/1211.5063
"""

from collections.abc import Iterator
from math import inf, isfinite
from statistics import median

from torchlint.facts.answer import Yes
from torchlint.facts.health import GradientHistory
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL704", name="exploding-gradient", severity=Severity.ERROR, eyes="L")

GROWTH = 1e3
"""Norms of healthy runs wander within a factor of ten, and fall or rise by a hundred over a whole training."""
LARGE = 1e2
"""A norm below this harms no weight, however small those before it were."""
LASTING = 2
FEWEST_BEFORE = 2


def check(fact: GradientHistory) -> Iterator[Violation]:
    """Object to norms that grow a thousandfold and do not come back."""
    if fact.clipped is Yes or len(fact.norms) < FEWEST_BEFORE + LASTING:
        return
    values = [value if isfinite(value) else inf for _, value in fact.norms]
    for index in range(FEWEST_BEFORE, len(values) - LASTING + 1):
        usual = median(values[:index])
        if isfinite(values[index]) and min(values[index:]) > max(GROWTH * usual, LARGE):
            step, value = fact.norms[index]
            where = f", most of it in `{fact.largest}`" if fact.largest else ""
            yield Violation(
                fact.site,
                f"The norm of the gradients grew from {usual:.3g} to {value:.3g} by step {step} and was "
                f"{fact.norms[-1][1]:.3g} at step {fact.norms[-1][0]}{where}: the steps throw the weights away.",
                "Lower the learning rate, and call `torch.nn.utils.clip_grad_norm_` between `backward()` and `step()`.",
            )
            return
