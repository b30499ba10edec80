"""TL109 dropout-always-active

## What it finds

Dropout in a `forward` that does not depend on the mode: `F.dropout(x)` without `training=`, or
`nn.Dropout(p)(x)` built on the spot.

## Why it is bad

`F.dropout` drops by default, whatever mode the model is in, and a layer built during `forward` is in
training mode. So activations are still dropped after `model.eval()`: validation scores are noisy and too
low, and two predictions of one input differ.

## Example

```python
def forward(self, x):
    return self.head(F.dropout(x, 0.5))
```

## Use instead

```python
def forward(self, x):
    return self.head(F.dropout(x, 0.5, training=self.training))
```

## What stays silent

`training=` passed, whatever its value (`training=True` says that dropout at prediction is meant), and calls
under `if self.training`.

## Fix safety

Safe: `training=self.training` is added, and training goes on as before. A dropout that is built on the spot is left:
where it is to be built instead, its author knows.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.layer import DropoutCall, DropoutForm
from torchlint.finding import Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL109", name="dropout-always-active", severity=Severity.ERROR, eyes="SL", fix="safe")


def check(fact: DropoutCall) -> Iterator[Violation]:
    """Object to dropout that the mode of the model does not reach."""
    if fact.bound_to_mode is not No:
        return
    if fact.form is DropoutForm.LAYER:
        message = (
            f"`{fact.name}` is built anew at every forward pass, in training mode: `eval()` never reaches "
            "it and predictions stay random."
        )
        instead = (
            "Build it once in `__init__` and call it in `forward`, or pass `training=self.training` to `F.dropout`."
        )
    else:
        message = (
            f"`{fact.name}` drops activations in evaluation too, since `training` is True unless it is "
            "passed: predictions stay random."
        )
        instead = "Pass `training=self.training`."
    follow = SetArgument(fact.site, "training", ("self.training",), position=2)
    fix = Fix("Follow the mode of the model", (follow,)) if fact.form is DropoutForm.FUNCTION else None
    yield Violation(fact.site, message, instead, fix=fix)
