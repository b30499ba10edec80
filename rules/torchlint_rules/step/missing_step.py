"""TL207 missing-step

## What it finds

A loop that clears an optimizer's gradients and runs backward in every iteration, and in which nothing ever steps.

## Why it is bad

The gradients are computed and thrown away: no parameter changes, and the loss never falls.

## Example

```python
for images, labels in train_loader:
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
```

## Use instead

```python
for images, labels in train_loader:
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
```

## What stays silent

Gradients that are read on purpose (`.grad`, `autograd.grad`: attacks, saliency maps); a step in a loop around this
one; a call that was not read and may step, by its name or by what it is given; models that are run on no batch
and without any loss, to take the time.

## Fix safety

There is no fix: where the step belongs is for the author to say.

## Source

https://pytorch.org/docs/stable/optim.html#taking-an-optimization-step
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import (
    Backward,
    Clear,
    Event,
    Forward,
    LossComputed,
    ReadsGradient,
    Unseen,
    WritesGradient,
    WritesWeights,
    may_train_unseen,
)
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL207", name="missing-step", severity=Severity.ERROR)


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to a backward whose gradients are cleared in the next iteration, with no step at all."""
    if iteration.loop is not Yes or iteration.complete is not Yes or iteration.trains:
        return
    if any(_may_use_gradients(event) for event in (*iteration.events(Event), *iteration.around)):
        return
    if not iteration.events(LossComputed) and all(each.on_data is not Yes for each in iteration.events(Forward)):
        return
    for backward, clear in _cleared(iteration):
        yield Violation(
            backward.site,
            "No optimizer ever steps with these gradients, so the parameters never change.",
            "Call `optimizer.step()` after `backward()`.",
            (Related(clear.site, "the gradients are cleared here, unused"),),
        )


def _cleared(iteration: TrainingIteration) -> Iterator[tuple[Backward, Clear]]:
    """The backwards whose gradients are cleared on some way: no way steps, so none can have used them."""
    seen = set()
    for moment in (moment for way in iteration.ways for moment in way.moments(Backward)):
        clear = _cleared_by(iteration, moment)
        if clear is not None and moment.event.site not in seen:
            seen.add(moment.event.site)
            yield moment.event, clear


def _may_use_gradients(event: Event) -> bool:
    match event:
        case ReadsGradient() | WritesGradient() | WritesWeights():
            return True
        case Unseen():
            return may_train_unseen(event) or event.steps is not No
    return False


def _cleared_by(iteration: TrainingIteration, moment: Moment[Backward]) -> Clear | None:
    backward = moment.event
    if backward.may_clear or backward.of_input is not No:
        return None
    ahead = iteration.ledger(backward.subject).ahead(moment, repeats=True)
    return next((event for event, _ in ahead if isinstance(event, Clear) and event.optimizer is not None), None)
