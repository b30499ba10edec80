"""TL216 optimizer-rebuilt-in-loop

## What it finds

An optimizer that is built anew, for the same parameters, in every epoch or for every batch.

## Why it is bad

Momentum and Adam's moments begin at zero each time, and a learning rate that a scheduler has brought down is back
at its start: the steps are those of a run that has just begun, over and over.

## Example

```python
for epoch in range(epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    train_one_epoch(model, train_loader, optimizer)
```

## Use instead

```python
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
```

## What stays silent

A model that is built, or given weights, in the same loop (cross-validation, sweeps, federated clients); a loop over
folds, trials, tasks or stages; an optimizer that is built on a condition; one whose state is loaded; one that
optimises an image or another tensor of its own.

## Fix safety

Unsafe: the run goes on with the moments that it threw away until now.

## Source

https://pytorch.org/docs/stable/optim.html#constructing-it
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.event import BuildOptimizer
from torchlint.finding import Severity
from torchlint.fix import Fix, Hoist
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL216", name="optimizer-rebuilt-in-loop", severity=Severity.WARNING, fix="unsafe")


def check(build: BuildOptimizer) -> Iterator[Violation]:
    """Object to a call that throws away an optimizer which it built itself for the same parameters."""
    if build.again is Yes:
        yield Violation(
            build.site,
            "The optimizer is built anew in every iteration of a loop, so its momentum and moments are thrown away.",
            "Build it once, before the loop.",
            fix=Fix("Build the optimizer before the loop", (Hoist(build.site),)),
        )
