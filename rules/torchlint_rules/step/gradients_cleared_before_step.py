"""TL205 gradients-cleared-before-step

## What it finds

Gradients that are cleared after the backward and before the step that should use them. It also finds gradients
that are cleared for every micro-batch while the step comes only every k-th, or behind an inner loop over them.

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

With accumulation:

```python
(loss / accumulate).backward()
if (i + 1) % accumulate == 0:
    optimizer.step()
    optimizer.zero_grad()
```

## What stays silent

Gradients cleared for another optimizer; a batch that is given up by clearing its gradients on a condition;
gradients written by hand after the clearing; a step with a closure; a call between the two that was not read
and is given the model, the optimizer or the loss.

## Fix safety

Unsafe: a run that did not learn starts to.

## Source

https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

from collections.abc import Iterable, Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Clear, Event, Step, WritesGradient, may_train_unseen
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Move, Part, Place, Remove
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL205", name="gradients-cleared-before-step", severity=Severity.ERROR, fix="unsafe")
UNDONE = "The gradients are cleared for every batch while the step comes every k-th, so accumulation is undone."


def check_unused(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to gradients that are cleared between the backward and the step."""
    if iteration.complete is not Yes:
        return
    for clear, step in iteration.always(Clear, lambda moment: _next_step(iteration, moment), beside=Step):
        if _on_the_way_to(iteration, clear, [step]):
            yield Violation(
                clear.site,
                "The gradients are cleared here before the optimizer has used them, so the step changes nothing.",
                "Call `zero_grad()` before `backward()`, or after `step()`.",
                (Related(step.site, "the step that sees no gradients"),),
                fix=Fix("Clear the gradients after the step", (Move(clear.site, Place.AFTER, step.site),)),
            )


def check_accumulated(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to gradients that are cleared for every batch on the way to a step at every k-th."""
    if iteration.complete is Yes:
        for clear, step in iteration.always(Clear, lambda moment: _rare_step(iteration, moment.event)):
            yield _undone(clear, step, "the step that comes every k-th batch")


def check_inner(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to gradients that are cleared for every batch of an inner loop, behind which the step comes."""
    known = iteration.complete is Yes and not any(map(may_train_unseen, iteration.events(Event)))
    for clear in iteration.events(Clear) if known else ():
        step = _step_behind(iteration, clear) if clear.site in iteration.gathered else None
        if step is not None:
            yield _undone(clear, step, "the step behind those batches")


def _undone(clear: Clear, step: Step, which: str) -> Violation:
    again = Insert(Place.AFTER, step.site, (Excerpt(clear.site, Part.FUNCTION), "()"))
    fix, related = Fix("Clear the gradients only at the step", (Remove(clear.site), again)), Related(step.site, which)
    return Violation(clear.site, UNDONE, "Call `zero_grad()` only where the optimizer steps.", (related,), fix=fix)


def _step_behind(iteration: TrainingIteration, clear: Clear) -> Step | None:
    """The step outside the inner loop, where each batch of that loop has its gradients cleared."""
    ledger = iteration.ledger(clear.subject)
    backwards = [each for each in ledger.events(Backward) if each.site in iteration.gathered]
    around = [*ledger.events(Step), *(each for each in iteration.around if isinstance(each, Step))]
    if not backwards or ledger.events(WritesGradient) or not _on_the_way_to(iteration, clear, backwards):
        return None
    return next((each for each in around if iteration.concerns(each.subject, clear.subject) is Yes), None)


def _next_step(iteration: TrainingIteration, moment: Moment[Clear]) -> Step | None:
    """The step that comes next, where there are gradients to clear and none are computed again before it."""
    ledger, repeats = iteration.ledger(moment.event.subject), iteration.loop is Yes
    gradients = ledger.at(moment, repeats=repeats).present
    # Where a loss is computed in between, what is missing is its backward.
    if gradients is not Yes or ledger.unlearned(moment, repeats=repeats) is not None:
        return None
    for event, certain in ledger.ahead(moment, repeats=repeats):
        match event:
            case Backward() | WritesGradient():
                return None
            case Step() if certain:
                return event if event.closure is No else None
    return None


def _rare_step(iteration: TrainingIteration, clear: Clear) -> Step | None:
    """The step that comes every k-th batch, where nothing but it and a backward of every batch is about."""
    if iteration.loop is not Yes or clear.periodic is not No or any(map(may_train_unseen, iteration.events(Event))):
        return None
    ledger = iteration.ledger(clear.subject)
    steps, backwards = ledger.events(Step), ledger.events(Backward)
    rare = all(step.periodic is Yes and step.closure is No for step in steps)
    every_batch = all(each.periodic is No and each.accumulates is No for each in backwards)
    if not (steps and backwards and rare and every_batch) or ledger.events(WritesGradient):
        return None
    return steps[0] if _on_the_way_to(iteration, clear, backwards, once=True) else None


def _on_the_way_to(iteration: TrainingIteration, clear: Clear, events: Iterable[Event], *, once: bool = False) -> bool:
    """Whether every way with one of these events clears here, or `once` anywhere: else single batches are given up."""
    sites = {event.site for event in events}
    ways = [list(way.of(Clear)) for way in iteration.ways if any(each.site in sites for each in way.events)]
    counts = [sum(iteration.concerns(each.subject, clear.subject) is Yes for each in way) for way in ways]
    return all(any(each.site == clear.site for each in way) for way in ways) or (once and counts == [1] * len(ways))
