"""TL215 scheduler-wrong-cadence

## What it finds

A schedule that counts batches (`OneCycleLR`, `CyclicLR`, or any that was given a number of batches), stepped once an
epoch. It also finds `ReduceLROnPlateau` stepped without the metric that it watches.

## Why it is bad

After all epochs the schedule has hardly begun: the learning rate stays near its start, and the warm-up never ends.
Without its metric, `ReduceLROnPlateau` does not know what to watch, and the call fails.

## Example

```python
scheduler = OneCycleLR(optimizer, max_lr=0.1, epochs=epochs, steps_per_epoch=len(train_loader))
for epoch in range(epochs):
    for images, labels in train_loader:
        train_step(images, labels)
    scheduler.step()
```

## Use instead

```python
scheduler = OneCycleLR(optimizer, max_lr=0.1, epochs=epochs, steps_per_epoch=len(train_loader))
for epoch in range(epochs):
    for images, labels in train_loader:
        train_step(images, labels)
        scheduler.step()
```

## What stays silent

A schedule whose arguments do not say what it counts (`total_steps=epochs`), or that was given few steps on
purpose; one that is stepped in the inner loop too.

## Fix safety

There is no fix: whether the call or the schedule's length is wrong is for the author to say.

## Source

https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Cadence, Schedule
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL215", name="scheduler-wrong-cadence", severity=Severity.WARNING)


def check_cadence(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to schedules of batches that are stepped around the training loop."""
    if iteration.loop is not Yes or iteration.events(Schedule):
        return
    for schedule in _around(iteration):
        if schedule.cadence is Cadence.BATCH and schedule.epoch_given is No:
            yield Violation(
                schedule.site,
                f"`{_name(schedule)}` counts batches, but it is stepped once an epoch, so its schedule hardly begins.",
                "Call `scheduler.step()` after every `optimizer.step()`.",
                (Related(iteration.site, "the loop over batches"),),
            )


def check_metric(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to `ReduceLROnPlateau` without the metric that it watches."""
    for schedule in (*iteration.events(Schedule), *_around(iteration)):
        if _name(schedule) == "ReduceLROnPlateau" and schedule.metric is No:
            yield Violation(
                schedule.site,
                "`ReduceLROnPlateau` is not given the metric that it watches.",
                "Call `scheduler.step(validation_loss)`.",
            )


def _around(iteration: TrainingIteration) -> list[Schedule]:
    return [event for event in iteration.around if isinstance(event, Schedule)]


def _name(schedule: Schedule) -> str:
    return schedule.scheduler.rpartition(".")[2]
