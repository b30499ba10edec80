"""TL112 graph-cut-in-forward

## What it finds

`.detach()`, `.data`, `.numpy()`, `.item()` or `torch.tensor(x)` in a `forward`, on the only way from a layer to the
output.

## Why it is bad

The graph ends at the cut. The layers before it get no gradient from any loss on the output, stay at their random
start, and no error says so: those after the cut go on learning, and the loss still falls.

## Example

```python
def forward(self, x):
    features = torch.tensor(self.encoder(x))
    return self.head(features)
```

## Use instead

```python
def forward(self, x):
    features = self.encoder(x)
    return self.head(features)
```

## What stays silent

A cut beside which the same values reach the output uncut (a straight-through estimator, a statistic, a target), but
for the layers of a residual branch that is cut whole; a cut that does not reach the output; indices and other whole
numbers. A cut under a condition or in a loop, or with a name that says it is meant (`stop_gradient`, `target`,
`teacher`, `ema`, `frozen`). Layers that are frozen, in evaluation mode, given to no optimizer, or made by a library of
models.

## Fix safety

There is no fix: what the cut was there for, only the author knows.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.layer import GraphCut
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL112", name="graph-cut-in-forward", severity=Severity.ERROR, eyes="SL")


def check(fact: GraphCut) -> Iterator[Violation]:
    """Object to a cut that keeps layers from ever learning."""
    if fact.on_the_way is not Yes:
        return
    layers = ", ".join(f"`{name}`" for name in fact.layers)
    yield Violation(
        fact.site,
        f"`{fact.call}` ends the graph on the only way from {layers} to the output of {fact.owner}: no gradient "
        f"comes back there, and {'it never learns' if len(fact.layers) == 1 else 'they never learn'}.",
        "Go on with the tensor itself; where the cut is meant, freeze the layers before it.",
    )
