"""TL304 training-on-evaluation-data

## What it finds

A backward or a step in a loop over data that is held out for evaluation: a loader or dataset named val, test, eval.

## Why it is bad

The model learns what it is measured on, and its scores say nothing about new data. A backward alone leaves its
gradients behind, and the next training step uses them.

## Example

```python
for images, labels in val_loader:
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
```

## Use instead

```python
with torch.no_grad():
    for images, labels in val_loader:
        loss = criterion(model(images), labels)
```

## What stays silent

Test-time training that says so (`adapt`, `calibrate`, `finetune`, ...); attacks and saliency maps, which read the
gradients with respect to the input; a loop that runs backward only on a condition.

## Fix safety

There is no fix: whether the loop should train, or the loader be another one, is for the author to say.

## Source

https://scikit-learn.org/stable/common_pitfalls.html#data-leakage
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, ReadsGradient
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL304", name="training-on-evaluation-data", severity=Severity.ERROR)


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to the first backward on what should only be measured."""
    if iteration.on_evaluation_data is not Yes or iteration.events(ReadsGradient):
        return
    for backward in iteration.events(Backward)[:1]:
        if backward.of_input is No:
            yield Violation(
                backward.site,
                f"The model learns from `{iteration.loader}`, so its scores there say nothing about new data.",
                "Evaluate under `torch.no_grad()`, without `backward()` and `step()`.",
            )
