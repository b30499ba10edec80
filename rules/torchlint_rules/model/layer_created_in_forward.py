"""TL104 layer-created-in-forward

## What it finds

A layer with parameters that is built in `forward`, or in a method that `forward` calls.

## Why it is bad

Each forward pass builds the layer anew, with fresh random weights. The optimizer was given the parameters that
the model had before the first pass, so those of this layer are never trained, whatever the loss says about
them, and no checkpoint holds them.

## Example

```python
def forward(self, x):
    x = nn.Linear(64, 64)(x)
    return self.head(x)
```

## Use instead

```python
def __init__(self):
    super().__init__()
    self.hidden = nn.Linear(64, 64)

def forward(self, x):
    return self.head(self.hidden(x))
```

## What stays silent

Layers without parameters (`nn.ReLU()(x)`). A layer that is built once, under a condition such as
`if self.proj is None`, and kept on `self`. A layer whose weights are then written by hand (a fixed filter).

## Fix safety

There is no fix: where the layer's sizes come from in `__init__` is for the author to say.

## Source

https://docs.pytorch.org/docs/stable/notes/modules.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import LayerBuild
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL104", name="layer-created-in-forward", severity=Severity.ERROR, eyes="SL")


def check(fact: LayerBuild) -> Iterator[Violation]:
    """Object to a layer with parameters that lives for one forward pass."""
    if fact.layer.parameters is not Yes or fact.kept is not No:
        return
    yield Violation(
        fact.site,
        f"{fact.owner} builds this {fact.layer.name} anew at every forward pass, with fresh random weights: "
        "no optimizer ever trains it.",
        "Build it once in `__init__`, keep it on `self`, and call it in `forward`.",
    )
