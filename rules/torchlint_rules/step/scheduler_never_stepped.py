"""TL217 scheduler-never-stepped

## What it finds

A learning-rate scheduler for an optimizer that steps in a training loop, while nothing ever steps the scheduler.

## Why it is bad

The learning rate stays what it was at the start: there is no warm-up and no decay, and nothing says so.

## Example

```python
scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
```

## Use instead

```python
scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
    scheduler.step()
```

## What stays silent

A scheduler that is given to a framework, to another scheduler or to a call that was not read, that is kept on an
object of a library whose user may step it, or that is of a class of your own. Of several that an option chooses
(`args.schedule == "steps"`), those that are stepped under no test for another option. In a watched run also one that
the text steps at a place which the run did not reach, and a run that ends before its first epoch does.

## Fix safety

There is no fix: whether the schedule counts epochs or batches is for the author to say.

## Source

https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.schedule import Scheduler
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL217", name="scheduler-never-stepped", severity=Severity.WARNING)


def check(scheduler: Scheduler) -> Iterator[Violation]:
    """Object to schedulers that nothing steps, while their optimizer does."""
    if scheduler.trains is Yes and scheduler.stepped is No:
        yield Violation(
            scheduler.site,
            f"Nothing ever steps this `{scheduler.name}`, so the learning rate stays as it is.",
            "Call `scheduler.step()` after each epoch, or after each batch where it counts batches.",
        )
