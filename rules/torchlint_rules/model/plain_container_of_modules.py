"""TL101 plain-container-of-modules

## What it finds

Layers kept on a module in a plain list, tuple, set or dict. A comma at the end of a line makes a tuple, too:
`self.conv = nn.Conv2d(3, 16, 3),`. And a part that is no module: an object of a plain class that builds layers.

## Why it is bad

`nn.Module` registers only modules that are assigned to it, not those inside a Python container. Such layers
are missing from `.parameters()` and `state_dict()`, and `.to()`, `.train()` and `.eval()` pass them by: the
optimizer never trains them, and a checkpoint does not hold them.

## Example

```python
self.layers = [nn.Linear(64, 64) for _ in range(4)]
```

## Use instead

`nn.ModuleList` for a list or tuple, `nn.ModuleDict` for a dict, and no comma where one layer was meant.
A class whose objects hold layers derives from `nn.Module`.

```python
self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(4))
```

## What stays silent

Layers that are registered as well: by `add_module`, `setattr`, `nn.ModuleList(layers)` or
`nn.Sequential(*layers)`. Containers in which every layer is stateless (activations, `Flatten`, losses). A list of
one that hides a model which was built before (`self.teacher = [teacher]`), and containers in which nothing is to
learn: every layer is frozen, or in evaluation mode. An object that was given layers which were built before its
owner, or whose class has a `parameters` or `state_dict` of its own.

## Fix safety

Safe: `nn.ModuleList` and `nn.ModuleDict` are indexed and iterated as the containers that they replace.
Checkpoints saved before the change lack the layers, as they did all along.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes, any_of
from torchlint.facts.layer import PlainContainer, PlainPart
from torchlint.finding import Severity
from torchlint.fix import DropComma, Enclose, Fix, Imported, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL101", name="plain-container-of-modules", severity=Severity.ERROR, eyes="SL", fix="safe")


def check(fact: PlainContainer) -> Iterator[Violation]:
    """Object to layers with a state that only a plain container holds."""
    if fact.registered is not No or any_of(~layer.stateless for layer in fact.layers) is not Yes:
        return
    if fact.by_comma is Yes:
        yield Violation(
            fact.site,
            f"The comma behind the layer makes `self.{fact.attribute}` a tuple, so {fact.owner} does not register the "
            "layer in it: it is never trained, moved, switched between modes or saved.",
            "Remove the comma, and an index `[0]` where the layer is used.",
            fix=Fix("Remove the comma", (DropComma(fact.site),)),
        )
        return
    proper = "nn.ModuleDict" if fact.container == "dict" else "nn.ModuleList"
    wrap = Enclose(fact.kept or fact.site, (Imported(f"torch.{proper}"), "("), (")",), Part.VALUE)
    yield Violation(
        fact.site,
        f"`self.{fact.attribute}` is a plain {fact.container}, so {fact.owner} does not register the "
        "layers in it: they are never trained, moved, switched between modes or saved.",
        f"Keep them in `{proper}`.",
        fix=Fix(f"Keep the layers in `{proper}`", (wrap,)),
    )


def check_part(fact: PlainPart) -> Iterator[Violation]:
    """Object to layers that are hidden in an object which is no module."""
    if fact.registered is not No or any_of(~layer.stateless for layer in fact.layers) is not Yes:
        return
    yield Violation(
        fact.site,
        f"`{fact.kind}` is no `nn.Module`, so {fact.owner} does not register the layers in `self.{fact.attribute}`: "
        "they are never trained, moved, switched between modes or saved.",
        f"Derive `{fact.kind}` from `nn.Module` and call `super().__init__()` first.",
    )
