"""TL604 tensor-data-attribute

## What it finds

A use of `.data` on a tensor or parameter.

## Why it is bad

`.data` gives the same memory without its history, and a change through it is hidden from autograd: where the value
was needed for a backward, the gradient is silently wrong. `.detach()` gives the same memory and raises an error
in that case.

## Example

```python
for p in model.parameters():
    p.data.add_(p.grad, alpha=-lr)
```

## Use instead

```python
with torch.no_grad():
    for p in model.parameters():
        p.add_(p.grad, alpha=-lr)
```

## What stays silent

Fields of that name on what is not known to be a tensor: a batch, a dataset, a config.

## Fix safety

Unsafe: `.data` becomes `.detach()`, which raises an error where `.data` hid one; of what has no graph, such as a
gradient, it goes. There is no fix where it is set, or stands twice in a statement.

## Source

https://docs.pytorch.org/docs/stable/notes/autograd.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.hygiene import DataAttribute
from torchlint.finding import Severity
from torchlint.fix import CallAttribute, Fix
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL604", name="tensor-data-attribute", severity=Severity.ADVICE, eyes="S", default=False, fix="unsafe")


def check(fact: DataAttribute) -> Iterator[Violation]:
    """Object to each use."""
    yield Violation(
        fact.site,
        f"`{fact.receiver}.data` is changed or read behind autograd's back: a gradient that needs it may be silently "
        "wrong.",
        "Use `.detach()`, or work on the tensor itself under `torch.no_grad()`.",
        fix=Fix("Use the tensor as it is", (CallAttribute(fact.site, "data"),))
        if fact.graph is No
        else Fix("Detach the tensor", (CallAttribute(fact.site, "data", "detach"),)),
    )
