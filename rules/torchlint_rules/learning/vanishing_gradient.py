"""TL703 vanishing-gradient

## What it finds

Gradients of a model's first layers that stay orders of magnitude below those of its last layers.

## Why it is bad

Each layer multiplies the gradient on its way back. With saturating activations, or weights that start too small,
little of it arrives: the first layers keep their random weights while the last ones train on what those give.

## Example

```python
layers = [nn.Sequential(nn.Linear(64, 64), nn.Sigmoid()) for _ in range(12)]
```

## Use instead

An activation that does not saturate, residual connections or normalisation.

```python
layers = [nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(64), nn.GELU()) for _ in range(12)]
```

## What stays silent

Frozen layers and layers that get no gradient at all (TL707), models of a few layers, and a ratio that is small in
some of the measured steps only. Layers with small gradients by nature, such as the queries and keys of attention or
half of a LoRA adapter, as long as something beside or before them is well fed. Where blocks are repeated, the first are
compared with the last of these, not with a head. The first step, in which what starts at zero gets nothing.

## Fix safety

There is no fix: it is a matter of the architecture.

## Source

Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", sections 3 and 4:
https://proceedings.mlr.press/v9/glorot10a.html
"""

from collections.abc import Iterator
from statistics import median

from torchlint.facts.health import GradientFlow
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL703", name="vanishing-gradient", severity=Severity.WARNING, eyes="L")

VANISHED = 1e-4
"""Healthy models, normalised or residual, stay within 1e-2; ten sigmoid layers, each passing at most a quarter, give
1e-6. At 1e-4 the first layers take ten thousand steps for what the last do in one."""
FEWEST_STEPS = 4
FEWEST_LAYERS = 4


def check(fact: GradientFlow) -> Iterator[Violation]:
    """Object to gradients that do not arrive, at every step that was measured."""
    if len(fact.ratios) < FEWEST_STEPS or fact.layers < FEWEST_LAYERS or max(fact.ratios) > VANISHED * 10:
        return
    ratio = median(fact.ratios)
    if ratio > VANISHED:
        return
    yield Violation(
        fact.site,
        f"In {len(fact.ratios)} measured steps the gradients around `{fact.first}` were {ratio:.1e} times those around "
        f"`{fact.last}`, {fact.layers} layers later: the first layers hardly train.",
        "Use activations that do not saturate, residual connections or normalisation between the layers, and an "
        "initialisation that fits the activation.",
    )
