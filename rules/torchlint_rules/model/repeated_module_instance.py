"""TL110 repeated-module-instance

## What it finds

One layer that a container holds several times, as `[layer] * n` puts it there.

## Why it is bad

The container has n entries and one layer: all of them share its weights. The model is as deep as it looks, and
has the capacity of a single layer; its parameters are counted and trained once.

## Example

```python
layer = nn.TransformerEncoderLayer(64, 4)
self.layers = nn.ModuleList([layer] * 6)
```

## Use instead

```python
self.layers = nn.ModuleList(nn.TransformerEncoderLayer(64, 4) for _ in range(6))
```

## What stays silent

Stateless layers (`[nn.ReLU()] * n`). Sharing that is said: the layer also has a place of its own on a module
(`[self.head] * n`), or it, a condition around it or a parameter of the function is named for it (`shared`,
`tied`).

## Fix safety

Unsafe: the layer is built anew for each entry, which changes the model if its author wanted shared weights.

## Source

https://docs.python.org/3/library/stdtypes.html#common-sequence-operations
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.layer import RepeatedLayers
from torchlint.finding import Severity
from torchlint.fix import BuildEach, Fix
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL110", name="repeated-module-instance", severity=Severity.WARNING, eyes="SL", fix="unsafe")


def check(fact: RepeatedLayers) -> Iterator[Violation]:
    """Object to a layer with a state that a container holds several times."""
    layer = next((each for each in fact.layers if each.stateless is No), None)
    if layer is None:
        return
    yield Violation(
        fact.site,
        f"The {fact.container} holds one {layer.name} several times: all its entries share the same weights.",
        "Build a layer for each entry: `for _ in range(n)` around the constructor, or `copy.deepcopy`.",
        fix=Fix("Build a layer for each entry", (BuildEach(fact.site),)),
    )
