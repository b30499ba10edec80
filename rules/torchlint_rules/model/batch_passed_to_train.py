"""TL107 batch-passed-to-train

## What it finds

A batch given to `model.train(...)`, as though `train` ran the model.

## Why it is bad

`nn.Module.train` takes one flag, the mode, and runs nothing. Given a tensor it raises a ValueError; where
that is caught or replaced, what comes back is the model and no prediction.

## Example

```python
predictions = model.train(inputs)
```

## Use instead

```python
model.train()
predictions = model(inputs)
```

## What stays silent

A bool, or an expression that is named like one (`mode`, `is_train`, `training`, a comparison), and classes
that define a `train` of their own.

## Fix safety

Unsafe: `model.train(inputs)` is replaced by a call of the model, with `model.train()` before it; the mode
may be meant to be another one.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
"""

from collections.abc import Iterator

from torchlint.facts.event import ModeArgument, SwitchMode
from torchlint.finding import Severity
from torchlint.fix import DropAttribute, Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL107", name="batch-passed-to-train", severity=Severity.ERROR, eyes="S", fix="unsafe")


def check(fact: SwitchMode) -> Iterator[Violation]:
    """Object to torch's own `train` given a batch."""
    if fact.argument is not ModeArgument.BATCH:
        return
    to_training = Insert(Place.AROUND, fact.site, (Excerpt(fact.site, Part.RECEIVER), ".train()"))
    yield Violation(
        fact.site,
        f"`train` switches the mode of {fact.model.name} and runs nothing: given a batch it raises a "
        "ValueError, and no prediction is made.",
        "Call `model.train()` before the loop, and the model itself on the batch: `model(inputs)`.",
        fix=Fix("Run the model in training mode", (to_training, DropAttribute(fact.site, "train", Part.FUNCTION))),
    )
