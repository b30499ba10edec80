"""TL602 sync-in-training-loop

## What it finds

A call in every iteration of a training loop that makes the host wait for the device.

## Why it is bad

The device works through what it is given while Python prepares what comes next. `.item()`, `.cpu()`, `.numpy()`
and printing a loss need its value at once: Python stops until the device has caught up, and then the device stops
until Python has. On small models this is a large part of the time.

## Example

```python
for inputs, targets in loader:
    ...
    optimizer.step()
    total += loss.item()
```

## Use instead

```python
for inputs, targets in loader:
    ...
    optimizer.step()
    total += loss.detach()
print(total.item())
```

## What stays silent

What happens only in some iterations (`if step % 100 == 0`), and evaluation loops.

## Fix safety

There is no fix.

## Source

https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html
"""

from collections.abc import Iterator

from torchlint.facts.hygiene import Synchronisation
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL602", name="sync-in-training-loop", severity=Severity.ADVICE, eyes="SL", default=False)


def check(fact: Synchronisation) -> Iterator[Violation]:
    """Object to a wait in every iteration."""
    yield Violation(
        fact.site,
        f"`{fact.call}` makes every iteration wait for the device: it stands idle until Python goes on.",
        "Keep the tensor, with `.detach()`, and read it every so many iterations.",
    )
