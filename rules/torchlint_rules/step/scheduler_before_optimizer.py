"""TL209 scheduler-before-optimizer

## What it finds

A scheduler that steps before the optimizer in the body of one loop.

## Why it is bad

The first learning rate of the schedule is never used: a warm-up or a decay starts one step too early.

## Example

```python
for epoch in range(epochs):
    scheduler.step()
    train_one_epoch(model, train_loader, optimizer)
```

## Use instead

```python
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
    scheduler.step()
```

## What stays silent

A scheduler that is stepped at the start of an epoch with an explicit epoch (`scheduler.step(epoch)`); a
scheduler of another optimizer; an iteration that steps before the scheduler too; a scheduler that is stepped from
the second epoch on, or of an optimizer that has stepped before.

## Fix safety

Safe: it moves the call behind the optimizer's, where the schedule begins with its first value.

## Source

https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Event, Schedule, Step, may_train_unseen
from torchlint.facts.fact import Fact
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, Move, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL209", name="scheduler-before-optimizer", severity=Severity.WARNING, fix="safe")


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to scheduler steps that precede the optimizer's, in the iteration or in a loop around it."""
    if iteration.loop is not Yes:
        return
    ahead = list(iteration.always(Schedule, lambda moment: _later_step(iteration, moment), beside=Step))
    for schedule, step in ahead + list(_at_the_start(iteration)):
        yield Violation(
            schedule.site,
            "The scheduler steps before the optimizer, so the schedule's first learning rate is never used.",
            "Call `scheduler.step()` after `optimizer.step()`.",
            (Related(step.site, "the optimizer steps only here"),),
            fix=Fix("Step the scheduler after the optimizer", (Move(schedule.site, Place.AFTER, step.site),)),
        )


def _later_step(iteration: TrainingIteration, moment: Moment[Schedule]) -> Event | None:
    schedule = moment.event
    stepped = any(isinstance(event, Step) or may_train_unseen(event) for event in moment.before)
    if stepped or schedule.epoch_given is not No or schedule.ahead is not Yes:
        return None
    steps = (event for event in moment.after if isinstance(event, Step))
    return next((step for step in steps if _drives(iteration, schedule, step)), None)


def _at_the_start(iteration: TrainingIteration) -> Iterator[tuple[Schedule, Event]]:
    """Scheduler steps in the body of an enclosing loop, before the loop that trains."""
    if any(isinstance(event, Step) for event in iteration.around):
        return
    for schedule in iteration.around:
        if not isinstance(schedule, Schedule) or schedule.epoch_given is not No or schedule.ahead is not Yes:
            continue
        step = next((step for step in iteration.events(Step) if _drives(iteration, schedule, step)), None)
        if step is not None and _stands_before(schedule, iteration):
            yield schedule, step


def _drives(iteration: TrainingIteration, schedule: Schedule, step: Step) -> bool:
    if schedule.optimizer is not None:
        return schedule.optimizer == step.optimizer
    return all(way.optimizers <= 1 for way in iteration.ways)


def _stands_before(first: Fact, second: Fact) -> bool:
    """Whether one comes earlier than the other in the code where their ways part."""
    for one, other in zip((*first.via, first.site), (*second.via, second.site), strict=False):
        if one != other:
            return one.file == other.file and one.line < other.line
    return False
