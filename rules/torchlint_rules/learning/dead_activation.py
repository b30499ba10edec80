"""TL705 dead-activation

## What it finds

A layer most of whose inputs are units that were zero for every sample of every batch.

## Why it is bad

A ReLU that is never above zero passes no gradient, so nothing can wake it: its weights stay as they are for the
rest of the run. With most units dead, a wide layer learns what a narrow one would.

## Example

```python
self.hidden = nn.Linear(784, 256)
nn.init.constant_(self.hidden.bias, -10.0)
```

## Use instead

Normalised inputs, an initialisation that fits ReLU, a smaller learning rate, or an activation that is never flat.

```python
self.hidden = nn.Linear(784, 256)
nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
nn.init.zeros_(self.hidden.bias)
```

## What stays silent

Layers in which fewer units are dead (some always are), the raw input (the rim of MNIST is always black), and what
was seen for too few batches.

## Fix safety

There is no fix: what killed the units decides.

## Source

Stanford CS231n, "Neural Networks Part 1", on ReLU units that die: https://cs231n.github.io/neural-networks-1/

Lu et al., "Dying ReLU and Initialization", https://arxiv.org/abs/1903.06733
"""

from collections.abc import Iterator

from torchlint.facts.health import UnitActivity
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL705", name="dead-activation", severity=Severity.WARNING, eyes="L")

MOST = 0.8
"""CS231n reports up to 40% of units dead in runs that still train, and inputs that are alike silence up to half."""
FEWEST_BATCHES = 5
FEWEST_UNITS = 8


def check(fact: UnitActivity) -> Iterator[Violation]:
    """Object to a layer that hardly anything comes in to."""
    if fact.batches < FEWEST_BATCHES or fact.units < FEWEST_UNITS or fact.silent < MOST * fact.units:
        return
    yield Violation(
        fact.site,
        f"{fact.silent} of the {fact.units} units that feed `{fact.module}` were zero for every sample of "
        f"{fact.batches} measured batches: they get no gradient and stay dead.",
        "Look at the learning rate, the initial biases and the scale of the inputs; LeakyReLU or GELU keep a gradient.",
    )
