"""TL205 gradients-cleared-before-step

## What it finds

Gradients that are cleared after the backward and before the step that should use them. It also finds gradients
that are cleared for every micro-batch while the step comes only every k-th.

## Why it is bad

The step sees no gradients, and the model does not learn; where the step comes every k-th batch, it learns
from the last micro-batch alone and the others are thrown away.

## Example

```python
loss = criterion(model(images), labels)
loss.backward()
optimizer.zero_grad()
optimizer.step()
```

## Use instead

```python
optimizer.zero_grad()
loss = criterion(model(images), labels)
loss.backward()
optimizer.step()
```

With accumulation, clear where the step is.

```python
(loss / accumulate).backward()
if (i + 1) % accumulate == 0:
    optimizer.step()
    optimizer.zero_grad()
```

## What stays silent

Gradients cleared for another optimizer; a batch that is given up by clearing its gradients on a condition;
gradients written by hand after the clearing; a step that is given a closure; a call between the two that was
not read and is given the model, the optimizer or the loss.

## Fix safety

Unsafe: a run that did not learn starts to.

## Source

https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Clear, Event, Step, WritesGradient
from torchlint.facts.run import Moment, TrainingIteration, may_train_unseen
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL205", name="gradients-cleared-before-step", severity=Severity.ERROR, fix="unsafe")


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to clearings that take a step's gradients away."""
    if iteration.complete is not Yes:
        return
    for clear, step in iteration.always(Clear, lambda moment: _robbed(iteration, moment), beside=Step):
        if not _on_the_way_to(iteration, clear, [step]):
            continue
        yield Violation(
            clear.site,
            "The gradients are cleared here before the optimizer has used them, so the step changes nothing.",
            "Call `zero_grad()` before `backward()`, or after `step()`.",
            (Related(step.site, "the step that sees no gradients"),),
        )
    for clear, step in iteration.always(Clear, lambda moment: _undone(iteration, moment.event)):
        yield Violation(
            clear.site,
            "The gradients are cleared for every batch while the step comes every k-th, so accumulation is undone.",
            "Call `zero_grad()` only where the optimizer steps.",
            (Related(step.site, "the step that comes every k-th batch"),),
        )


def _robbed(iteration: TrainingIteration, moment: Moment[Clear]) -> Event | None:
    clear = moment.event
    for event in moment.onward if iteration.loop is Yes else moment.after:
        match event:
            case _ if may_train_unseen(event):
                return None
            case Backward() | WritesGradient() if iteration.concerns(event.subject, clear.subject) is not No:
                return None
            case Step() if iteration.concerns(event.subject, clear.subject) is Yes:
                usual = event.closure is No
                return event if usual and _takes_gradients(iteration, moment) else None
    return None


def _takes_gradients(iteration: TrainingIteration, moment: Moment[Clear]) -> bool:
    """Whether there are gradients when it clears: a backward that no step or other clearing has followed."""
    for event in moment.back if iteration.loop is Yes else moment.before:
        match event:
            case Backward() if iteration.concerns(event.subject, moment.event.subject) is Yes:
                return not event.by_framework
            case Step() | Clear() if iteration.concerns(event.subject, moment.event.subject) is not No:
                return False
            case _ if may_train_unseen(event):
                return False
    return False


def _undone(iteration: TrainingIteration, clear: Clear) -> Event | None:
    if iteration.loop is not Yes or clear.periodic is not No:
        return None
    about = [
        event
        for event in iteration.events(Event)
        if may_train_unseen(event)
        or (
            isinstance(event, (Backward, Step, WritesGradient))
            and iteration.concerns(event.subject, clear.subject) is not No
        )
    ]
    steps = [event for event in about if isinstance(event, Step)]
    backwards = [event for event in about if isinstance(event, Backward)]
    usual = all(step.periodic is Yes and step.closure is No for step in steps)
    every_batch = all(each.periodic is No and not each.by_framework for each in backwards)
    nothing_else = len(about) == len(steps) + len(backwards)
    if not (steps and backwards and usual and every_batch and nothing_else):
        return None
    return steps[0] if _on_the_way_to(iteration, clear, [*backwards]) else None


def _on_the_way_to(iteration: TrainingIteration, clear: Clear, events: list[Event]) -> bool:
    """Whether every way with one of these events clears here: else the clearing gives up single batches."""
    sites = {event.site for event in events}
    return all(
        any(each.site == clear.site for each in way.of(Clear))
        for way in iteration.ways
        if any(each.site in sites for each in way.events)
    )
