"""TL219 plateau-direction

## What it finds

A `ReduceLROnPlateau` that waits for a minimum of what should grow (accuracy, F1, a count of hits), or for a
maximum of what should fall (a loss, an error).

## Why it is bad

It takes progress for a plateau: the learning rate falls while the model still improves, until it learns nothing more.

## Example

```python
scheduler = ReduceLROnPlateau(optimizer, patience=3)
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
    scheduler.step(accuracy(model, val_loader))
```

## Use instead

```python
scheduler = ReduceLROnPlateau(optimizer, mode="max", patience=3)
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
    scheduler.step(accuracy(model, val_loader))
```

## What stays silent

A metric that is negated or taken away from something; one whose names say neither, or both; a mode that is computed.

## Fix safety

Safe: it gives the scheduler the `mode` in which it watches for what the metric does.

## Source

https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
"""

from collections.abc import Iterator

from torchlint.facts.schedule import Better, PlateauStep
from torchlint.finding import Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL219", name="plateau-direction", severity=Severity.WARNING, fix="safe")


def check(step: PlateauStep) -> Iterator[Violation]:
    """Object to a plateau that is given a metric which gets better the other way."""
    if step.watches is None or step.metric is None or step.watches is step.metric:
        return
    metric = f"`{step.name}`" if step.name else "the metric"
    if step.metric is Better.HIGHER:
        waits, grows, mode = "minimum", "higher", "max"
    else:
        waits, grows, mode = "maximum", "lower", "min"
    yield Violation(
        step.site,
        f"`ReduceLROnPlateau` watches for a {waits}, but {metric} is better when it is {grows}, so the learning rate "
        "falls while the model improves.",
        f'Build the scheduler with `mode="{mode}"`.',
        fix=_fix(step, mode),
    )


def _fix(step: PlateauStep, mode: str) -> Fix | None:
    if step.built is None:
        return None
    return Fix(f"Watch for a {mode}imum", (SetArgument(step.built, "mode", (f'"{mode}"',), position=1),))
