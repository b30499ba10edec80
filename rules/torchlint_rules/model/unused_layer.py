"""TL113 unused-layer

## What it finds

A layer with parameters that a module makes in `__init__` and that nothing uses.

## Why it is bad

Its parameters get no gradient and never change, while they take memory, are saved, and stand in the optimizer.
Under DistributedDataParallel the backward fails or waits for gradients that never come. Most often it is a layer
that `forward` was meant to call: a name is misspelled there, or the line is missing.

## Example

```python
def __init__(self):
    super().__init__()
    self.hidden = nn.Linear(64, 64)
    self.norm = nn.LayerNorm(64)
    self.head = nn.Linear(64, 10)

def forward(self, x):
    return self.head(torch.relu(self.hidden(x)))
```

## Use instead

```python
def forward(self, x):
    return self.head(self.norm(torch.relu(self.hidden(x))))
```

## What stays silent

A layer that any file read mentions by its name, in a string too. A class that reaches its layers in another way
(`getattr`, a loop over `children()`, or over `modules()` other than to initialise them), that has no `forward`, or
that derives from a class which was not read. Layers without parameters.

## Fix safety

There is no fix: whether the layer should be called or removed is for the author to say.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.layer import UnusedLayer
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL113", name="unused-layer", severity=Severity.WARNING, eyes="SL")


def check(fact: UnusedLayer) -> Iterator[Violation]:
    """Object to a layer with parameters that nothing uses."""
    if fact.layer.parameters is not Yes:
        return
    yield Violation(
        fact.site,
        f"{fact.owner} makes `self.{fact.attribute}` and nothing uses it: its parameters are never trained.",
        f"Call `self.{fact.attribute}` in `forward`, or remove it.",
    )
