"""TL212 loss-kept-with-graph

## What it finds

A loss that is added to a running sum, or appended to a list, with its graph attached, iteration after iteration.

## Why it is bad

The sum holds on to the graph of every batch, and memory grows until the run stops. Where no backward has freed
it, that is all activations of every batch; after a backward it is what the graph is made of.

## Example

```python
total = 0.0
for images, labels in train_loader:
    loss = criterion(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss
```

## Use instead

```python
total = 0.0
for images, labels in train_loader:
    loss = criterion(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss.item()
```

## What stays silent

`loss.item()`, `loss.detach()`, `float(loss)`; a loss computed under `no_grad`; a sum that is itself run
backward, or may be; a sum that starts anew in every iteration.

## Fix safety

Safe: `.detach()` keeps the number and lets the graph go.

## Source

https://pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Accumulate
from torchlint.finding import Severity
from torchlint.fix import Enclose, Fix, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL212", name="loss-kept-with-graph", severity=Severity.WARNING, fix="safe")


def check(kept: Accumulate) -> Iterator[Violation]:
    """Object to a loss that is carried along with its graph and that nothing runs backward later."""
    if kept.graph is not Yes or kept.summed is not No:
        return
    what = "graph" if kept.freed is Yes else "graph and the activations"
    yield Violation(
        kept.site,
        f"The loss is kept with its graph attached, so memory fills with the {what} of every batch so far.",
        "Keep `loss.item()`, or `loss.detach()` to stay on the device.",
        severity=Severity.ERROR if kept.freed is No else None,
        fix=Fix("Keep the loss without its graph", (Enclose(kept.site, after=(".detach()",), part=Part.VALUE),)),
    )
