"""TL410 single-batch-training

## What it finds

A training loop whose every iteration trains on a batch taken by `next(iter(loader))`.

## Why it is bad

Taken before the loop, it is one batch for the whole training: the model learns those few samples by heart
and nothing else, while the loss looks excellent. Taken anew in the loop, the loader is started over
(workers and all) for one batch, and epochs no longer cover the data.

## Example

```python
inputs, targets = next(iter(train_loader))
for epoch in range(epochs):
    loss = criterion(model(inputs), targets)
    ...
```

## Use instead

```python
for epoch in range(epochs):
    for inputs, targets in train_loader:
        loss = criterion(model(inputs), targets)
        ...
```

## What stays silent

Overfitting one batch on purpose, in a function or under a flag that says so (overfit, sanity, debug). A
batch that is about the whole dataset. Batches taken for plotting, shapes or length only.

## Fix safety

There is no fix.

## Source

https://karpathy.github.io/2019/04/25/recipe/
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import SingleBatch
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL410", name="single-batch-training", severity=Severity.WARNING, eyes="SL")


def check(fact: SingleBatch) -> Iterator[Violation]:
    """Object to a check on one batch that was left in the training."""
    if fact.trains is not Yes or fact.deliberate is not No:
        return
    loader = fact.loader or "loader"
    if fact.inside_loop is Yes:
        message = (
            f"Every iteration starts `{loader}` over for one batch: epochs do not cover the data, and "
            "without shuffling it is the same batch each time."
        )
    else:
        message = (
            f"Every iteration trains on the one batch taken here from `{loader}`: the rest of the data is never seen."
        )
    yield Violation(
        fact.site,
        message,
        f"Loop over it, `for batch in {loader}:`; name the function for it if overfitting one batch is meant.",
    )
