"""TL210 scaler-bypassed

## What it finds

Gradients of a loss that a GradScaler scaled, stepped with by `optimizer.step()` in place of
`scaler.step(optimizer)`. It also finds a scaler that is never updated.

## Why it is bad

The optimizer steps with gradients that are tens of thousands of times too large, infinities among them. Without
`update()` the scale stays as it was: one overflow, and every later step is skipped.

## Example

```python
scaler.scale(loss).backward()
optimizer.step()
scaler.update()
```

## Use instead

```python
scaler.scale(loss).backward()
scaler.step(optimizer)
scaler.update()
```

## What stays silent

A step after `scaler.unscale_(optimizer)`; a loss that is scaled on some ways only; an update in a loop around this
one; a call that was not read and is given the model, the optimizer, the loss or the scaler.

## Fix safety

Unsafe: from the first step on, the run takes other steps than it did.

## Source

https://pytorch.org/docs/stable/amp.html#torch.amp.GradScaler
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Event, Handed, Scale, ScalerUpdate, Step, Unseen, may_train_unseen
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place, Replace
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL210", name="scaler-bypassed", severity=Severity.ERROR, fix="unsafe")


def check_steps(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps that use scaled gradients as they are."""
    for step, backward in iteration.always(Step, lambda moment: _still_scaled_by(iteration, moment)):
        yield Violation(
            step.site,
            "The optimizer steps with gradients that are still multiplied by the scaler's factor.",
            "Call `scaler.step(optimizer)`, then `scaler.update()`.",
            (Related(backward.site, "the scaled loss is run backward here"),),
            fix=_step_by_scaler(iteration, step),
        )


def check_updates(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to a scale that is never updated."""
    events = (*iteration.events(Event), *iteration.around)
    if iteration.complete is not Yes or any(isinstance(event, ScalerUpdate) or _has_scaler(event) for event in events):
        return
    step_by_scaler = next((step for step in iteration.events(Step) if step.scaler is Yes), None)
    for scale in iteration.events(Scale)[:1]:
        if step_by_scaler is not None:
            yield Violation(
                scale.site,
                "The scale is never updated, so after one overflow every later step is skipped.",
                "Call `scaler.update()` after `scaler.step(optimizer)`.",
                (Related(step_by_scaler.site, "the scaler steps here"),),
                fix=Fix("Update the scale", (_update(step_by_scaler, step_by_scaler),)),
            )


def _step_by_scaler(iteration: TrainingIteration, step: Step) -> Fix | None:
    scales = iteration.events(Scale)
    if not scales:
        return None
    scaler, optimizer = Excerpt(scales[0].site, Part.RECEIVER), Excerpt(step.site, Part.RECEIVER)
    stepping = Replace(step.site, (scaler, ".step(", optimizer, ")"))
    updated = any(isinstance(event, ScalerUpdate) for event in (*iteration.events(Event), *iteration.around))
    return Fix("Step by the scaler", (stepping,) if updated else (stepping, _update(scales[0], step)))


def _update(of: Event, step: Step) -> Insert:
    """The update of the scaler on which a method was called, behind a step."""
    return Insert(Place.AFTER, step.site, (Excerpt(of.site, Part.RECEIVER), ".update()"))


def _still_scaled_by(iteration: TrainingIteration, moment: Moment[Step]) -> Backward | None:
    step = moment.event
    if step.scaler is not No or step.closure is not No:
        return None
    return iteration.ledger(step.subject).at(moment).scaled_by


def _has_scaler(event: Event) -> bool:
    return may_train_unseen(event) or (isinstance(event, Unseen) and Handed.SCALER in event.handed)
