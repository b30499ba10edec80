"""TL108 unregistered-buffer

## What it finds

A plain tensor that the `__init__` of a module keeps on `self`.

## Why it is bad

`.to(device)` moves parameters and buffers, and leaves a plain attribute where it was: on a GPU the first operation
with it fails. `state_dict()` lacks it too, so a model that is loaded may hold another value.

## Example

```python
self.mean = torch.tensor([0.485, 0.456, 0.406])
```

## Use instead

```python
self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]), persistent=False)
```

## What stays silent

Tensors that are registered (`register_buffer`), tensors that ask for gradients (TL102 speaks of those), and what is
kept outside `__init__`.

## Fix safety

Unsafe: a buffer is saved with the model unless `persistent=False` says otherwise, and moves with it.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import LooseTensor, TensorForm
from torchlint.finding import Severity
from torchlint.fix import Fix, PassValue
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL108", name="unregistered-buffer", severity=Severity.ADVICE, eyes="SL", default=False, fix="unsafe")


def check(fact: LooseTensor) -> Iterator[Violation]:
    """Object to a tensor without gradients that no buffer holds."""
    if fact.form is not TensorForm.TENSOR or fact.trainable is not No:
        return
    if fact.registered is not No or fact.constructed is not Yes:
        return
    register = PassValue(fact.site, (f'self.register_buffer("{fact.attribute}", ',), (", persistent=False)",))
    yield Violation(
        fact.site,
        f"`self.{fact.attribute}` is a plain tensor: moving {fact.owner} to another device leaves it behind, and no "
        "checkpoint holds it.",
        f'Register it: `self.register_buffer("{fact.attribute}", ...)`.',
        fix=Fix("Register it as a buffer", (register,)),
    )
