"""TL114 misspelled-requires-grad

## What it finds

`p.require_grad = False`: an attribute that torch does not read, or `requires_grad` set on a layer in place of
its parameters.

## Why it is bad

Python lets any attribute be set on any object. Under another name, or on a layer, it is a new attribute that
nothing reads: the parameters that should be frozen go on training (or those that should train stay frozen),
and no error says so.

## Example

```python
for p in backbone.parameters():
    p.require_grad = False
model.head.requires_grad = False
```

## Use instead

```python
for p in backbone.parameters():
    p.requires_grad = False
model.head.requires_grad_(False)
```

## What stays silent

`requires_grad` on a parameter or a tensor; an attribute that the class of the receiver defines or reads
itself; a receiver that is not known to be a parameter, a tensor or a layer.

## Fix safety

Safe: the attribute is spelled `requires_grad`, and on a layer becomes `requires_grad_(...)`, as the author
meant it.

## Source

https://docs.pytorch.org/docs/stable/notes/autograd.html#setting-requires-grad
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.layer import FlagHolder, GradientFlag
from torchlint.finding import Severity
from torchlint.fix import Fix, PassValue, Rename
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL114", name="misspelled-requires-grad", severity=Severity.ERROR, eyes="S", fix="safe")


def check(fact: GradientFlag) -> Iterator[Violation]:
    """Object to a switch of gradients that nothing reads."""
    if fact.read is not No:
        return
    on_all = PassValue(fact.site, (f"{fact.receiver}.requires_grad_(",), (")",))
    held = f"`{fact.receiver}.{fact.attribute}`"
    if fact.holder is FlagHolder.LAYER:
        yield Violation(
            fact.site,
            f"{held} is a new attribute of a layer, which nothing reads: its parameters go on as before.",
            f"Write `{fact.receiver}.requires_grad_(...)`, which sets it on every parameter of the layer.",
            fix=Fix("Set it on every parameter", (on_all,)),
        )
        return
    yield Violation(
        fact.site,
        f"{held} is a new attribute, which torch does not read: the gradients go on as before.",
        f"Write `{fact.receiver}.requires_grad`.",
        fix=Fix("Spell it `requires_grad`", (Rename(fact.site, fact.attribute, "requires_grad"),)),
    )
