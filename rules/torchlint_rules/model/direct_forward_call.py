"""TL105 direct-forward-call

## What it finds

A call of `layer.forward(x)` on a module, in place of `layer(x)`.

## Why it is bad

Calling the module runs its hooks and then `forward`. Calling `forward` runs no hook: wrappers that work
through hooks (data parallelism, sharding, profilers, weight norm, torchlint's own live eye) do not see the
call, and under DDP the gradients are not synchronised.

## Example

```python
output = model.forward(images)
```

## Use instead

```python
output = model(images)
```

## What stays silent

`super().forward(x)` and `Base.forward(self, x)`, which extend a `forward`. Proxies of remote modules
(`RRef`, `RemoteModule`), whose `forward` is their documented way in, and objects that are not known to be
modules.

## Fix safety

Safe: `.forward` is removed from the call. Hooks begin to run.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.forward
"""

from collections.abc import Iterator

from torchlint.facts.layer import DirectForward
from torchlint.finding import Severity
from torchlint.fix import DropAttribute, Fix, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL105", name="direct-forward-call", severity=Severity.WARNING, eyes="S", fix="safe")


def check(fact: DirectForward) -> Iterator[Violation]:
    """Object to `forward` called by name on a known module."""
    yield Violation(
        fact.site,
        f"`{fact.receiver}.forward(...)` skips the hooks of the module: data parallelism, sharding and "
        "profilers do not see this call.",
        f"Call the module itself: `{fact.receiver}(...)`.",
        fix=Fix("Call the module itself", (DropAttribute(fact.site, "forward", Part.FUNCTION),)),
    )
