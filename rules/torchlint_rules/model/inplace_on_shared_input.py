"""TL117 inplace-on-shared-input

## What it finds

A block whose first layer changes its input in place, where the input is used again afterwards as though unchanged.

## Why it is bad

`nn.ReLU(inplace=True)` writes its result into the tensor that it is given. A skip connection that adds this tensor
later adds the result and not the input: negative values are lost on the way that was to carry everything, and no
error says so. Only where autograd needs the old values is there one.

## Example

```python
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x):
        return x + self.body(x)
```

## Use instead

```python
self.body = nn.Sequential(nn.ReLU(), nn.Conv2d(width, width, 3, padding=1))
```

## What stays silent

An input that comes straight from an activation which left nothing to change (`relu(relu(x))`); one that is only asked
for its shape, or given to the same activation again; a call whose result nothing takes (`F.relu_(x)` as a statement),
which is meant to change `x`. An input of which nothing is known is taken to be changed, for nobody writes a layer
that changes nothing. A run shows only blocks of several layers: a lone `nn.ReLU` gives back the tensor itself, which
may be what is used.

## Fix safety

Safe: without `inplace=True` the layer gives the same values, and takes memory for one more tensor.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.layer import SharedInputChanged
from torchlint.finding import Severity
from torchlint.fix import DropArgument, Fix, Rename
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL117", name="inplace-on-shared-input", severity=Severity.WARNING, eyes="SL", fix="safe")


def check(fact: SharedInputChanged) -> Iterator[Violation]:
    """Object to a layer that changes what others still need."""
    if fact.effective is not Yes:
        return
    yield Violation(
        fact.site,
        f"This `{fact.layer}` changes its input in place, and the input is used again afterwards: a skip connection "
        "then carries the changed values.",
        "Leave `inplace=True` (or the underscore) out where the input is needed again.",
        fix=_fix(fact),
    )


def _fix(fact: SharedInputChanged) -> Fix:
    changes_by_name = fact.layer.endswith("_")
    plain = Rename(fact.site, fact.layer, fact.layer[:-1]) if changes_by_name else DropArgument(fact.site, "inplace")
    return Fix("Leave the input as it is", (plain,))
