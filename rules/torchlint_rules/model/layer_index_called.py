"""TL106 layer-index-called

## What it finds

A loop over `range(len(layers))` that calls the index as though it were the layer.

## Why it is bad

The loop variable is a number. Calling it raises a TypeError at the first forward pass.

## Example

```python
for layer in range(len(self.layers)):
    x = layer(x)
```

## Use instead

```python
for layer in self.layers:
    x = layer(x)
```

## What stays silent

An index that is used as one: `self.layers[i](x)`.

## Fix safety

Unsafe: the layer at that index is called, and whether that one was meant is for the author to say.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import IndexCall
from torchlint.finding import Severity
from torchlint.fix import CallInstead, Excerpt, Fix, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL106", name="layer-index-called", severity=Severity.ERROR, eyes="S", fix="unsafe")


def check(fact: IndexCall) -> Iterator[Violation]:
    """Object to every call of an index."""
    layers = fact.of or "layers"
    at_index = CallInstead(fact.site, (Excerpt(fact.site, Part.COUNTED), "[", Excerpt(fact.site, Part.FUNCTION), "]"))
    yield Violation(
        fact.site,
        f"`{fact.name}` counts the elements of `{layers}`, it is not one of them: calling a number raises "
        "a TypeError at the first forward pass.",
        f"Go over `{layers}` itself, or call the element at that index.",
        fix=Fix("Call the layer at that index", (at_index,)),
    )
