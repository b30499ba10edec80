"""TL710 update-ratio-out-of-range

## What it finds

A layer whose updates stay far from a thousandth of its weights, step after step.

## Why it is bad

The ratio of update to weight shows how fast a layer moves. Far above 1e-3 the weights are thrown about, far below
they stand still: the learning rate is off by orders of magnitude.

## Example

```python
optimizer = torch.optim.SGD(model.parameters(), lr=1e-7)
```

## Use instead

```python
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
```

## What stays silent

Ratios within a factor of a hundred, biases and the scales of normalisation layers, and steps early in a warm-up.

## Fix safety

There is no fix: the learning rate is for the author to choose.

## Source

Stanford CS231n, "Neural Networks Part 3", ratio of weights to updates: https://cs231n.github.io/neural-networks-3/
"""

from collections.abc import Iterator

from torchlint.facts.health import UpdateRatio
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL710", name="update-ratio-out-of-range", severity=Severity.ADVICE, eyes="L", default=False)

USUAL = 1e-3
FACTOR = 100.0
"""CS231n gives 1e-3 as a rough heuristic; two orders of magnitude off is beyond any roughness."""
FEWEST_STEPS = 5


def check(fact: UpdateRatio) -> Iterator[Violation]:
    """Object to weights that hardly move, and to those that are thrown about."""
    if fact.steps < FEWEST_STEPS or USUAL / FACTOR <= fact.ratio <= USUAL * FACTOR:
        return
    much = "thrown about" if fact.ratio > USUAL else "hardly moved"
    turn = "Lower" if fact.ratio > USUAL else "Raise"
    yield Violation(
        fact.site,
        f"In {fact.steps} measured steps the updates of `{fact.module}` were {fact.ratio:.1e} of its weights at a "
        f"learning rate of {fact.learning_rate:g}; about 1e-3 is usual. The weights are {much}.",
        f"{turn} the learning rate.",
    )
