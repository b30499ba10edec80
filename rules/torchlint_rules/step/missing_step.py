"""TL207 missing-step

## What it finds

A loop that clears an optimizer's gradients and runs backward in every iteration, and in which nothing ever steps. It
also finds one of several optimizers that is cleared there, and that nothing in the program steps.

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
    Step,
    Unseen,
    WritesGradient,
    WritesWeights,
    may_train_unseen,
)
from torchlint.facts.optimizer import ClearedOptimizer
from torchlint.facts.run import TrainingIteration
from torchlint.facts.site import Site
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
    on_data = any(each.on_data is Yes for each in iteration.events(Forward))
    of_loss = iteration.events(LossComputed) or any(each.of_loss is Yes for each in iteration.events(Backward))
    if not on_data and not of_loss:
        return
    for backward, clear in _cleared(iteration):
        yield _violation(backward.site, clear.site)


def check_beside_others(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to a backward for an optimizer that never steps, beside one that does."""
    if iteration.loop is not Yes or iteration.complete is not Yes or not iteration.trains:
        return
    if any(_may_use_gradients(each) for each in iteration.events(Event) if not isinstance(each, WritesWeights)):
        return
    for optimizer in iteration.idle:
        clear = next(each for each in iteration.events(Clear) if each.optimizer == optimizer)
        ledger = iteration.ledger(clear.subject)
        computed = [each for each in ledger.surely(Backward) if not each.may_clear and each.of_input is No]
        if computed and not any(step.optimizer == optimizer for step in ledger.surely(Step)):
            unused = [each for each in computed if not _is_used(iteration, each)]
            yield _violation((unused or computed)[0].site, clear.site)


def _is_used(iteration: TrainingIteration, backward: Backward) -> bool:
    """Whether a step of any optimizer comes before other gradients are computed, or these are cleared."""
    for way in iteration.ways:
        for moment in way.moments(Backward):
            if moment.event.site == backward.site:
                ahead = (each for each in moment.onward if isinstance(each, (Step, Backward, Clear)))
                if isinstance(next(ahead, None), Step):
                    return True
    return False


def _violation(backward: Site, clear: Site) -> Violation:
    message = "No optimizer ever steps with these gradients, so the parameters never change."
    unused = Related(clear, "the gradients are cleared here, unused")
    return Violation(backward, message, "Call `optimizer.step()` after `backward()`.", (unused,))


def check_beside(optimizer: ClearedOptimizer) -> Iterator[Violation]:
    """Object to optimizers that a run clears and never steps, beside one that it steps."""
    if optimizer.stepped is No and optimizer.beside is Yes:
        yield _violation(optimizer.site, optimizer.cleared)


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
    around = (each for each in iteration.around if isinstance(each, Clear))
    cleared = [each for each in (*(event for event, _ in ahead), *around) if isinstance(each, Clear)]
    return next((each for each in cleared if each.optimizer is not None), None)
