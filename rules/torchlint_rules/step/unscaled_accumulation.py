"""TL213 unscaled-accumulation

## What it finds

Gradients that are accumulated over k batches, with a step every k-th or behind an inner loop over those batches,
while the loss of each is not divided by k.

## Why it is bad

The step uses the sum where the mean is meant: its gradients are k times too large, as though the learning rate had
been multiplied by k, and clipping cuts them down to something else again.

## Example

```python
for i, (images, labels) in enumerate(train_loader):
    loss = criterion(model(images), labels)
    loss.backward()
    if (i + 1) % accumulate == 0:
        optimizer.step()
        optimizer.zero_grad()
```

## Use instead

```python
for i, (images, labels) in enumerate(train_loader):
    loss = criterion(model(images), labels) / accumulate
    loss.backward()
    if (i + 1) % accumulate == 0:
        optimizer.step()
        optimizer.zero_grad()
```

## What stays silent

A loss that is divided anywhere on the way, or multiplied as a whole (weights that differ from term to term of a sum
are no division); `reduction="sum"`; gradients that are divided before the step; a loss whose making was not read; a
framework that divides itself; an inner loop that is not seen to count or draw batches, as one over tasks.

## Fix safety

Unsafe: the steps become k times smaller, for which the learning rate may have compensated.

## Source

https://pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Clear, Event, ParameterEvent, Step, WritesGradient
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Related, Severity
from torchlint.fix import Enclose, Excerpt, Fix, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL213", name="unscaled-accumulation", severity=Severity.WARNING, fix="unsafe")
SUMMED = "The losses of several batches are summed for one step, so its gradients are as many times too large."
DIVIDE = "Divide the loss by the number of batches that are accumulated."


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to whole losses that are run backward for every batch on the way to a step at every k-th."""
    if not iteration.fully_known:
        return
    reported = set()
    for step in iteration.events(Step):
        if not _accumulates_for(iteration, step):
            continue
        for backward in iteration.events(Backward):
            whole = _is_whole(iteration, backward, step) and _reaches(iteration, backward, step)
            if whole and backward.site not in reported:
                reported.add(backward.site)
                related = Related(step.site, "the step that comes every k-th batch")
                yield Violation(backward.site, SUMMED, DIVIDE, (related,), fix=_divided(backward, step))


def check_inner(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to whole losses in an inner loop over the batches of one step."""
    for backward in iteration.events(Backward) if iteration.fully_known else ():
        step = _step_behind(iteration, backward) if backward.site in iteration.gathered else None
        if step is not None and _is_whole(iteration, backward, step):
            yield Violation(backward.site, SUMMED, DIVIDE, (Related(step.site, "the step that uses the sum"),))


def _divided(backward: Backward, step: Step) -> Fix:
    mean = Enclose(backward.site, ("(",), (" / ", Excerpt(step.site, Part.PERIOD), ")"), Part.LOSS)
    return Fix("Divide the loss by the number of batches", (mean,))


def _step_behind(iteration: TrainingIteration, backward: Backward) -> Step | None:
    """The step that uses the gradients of an inner loop as they are, where they are cleared outside that loop too."""
    about = [
        each
        for each in (*iteration.events(Event), *iteration.around)
        if isinstance(each, ParameterEvent) and iteration.concerns(each.subject, backward.subject) is not No
    ]
    clears = [each for each in about if isinstance(each, Clear)]
    undone = any(each.site in iteration.gathered for each in clears)
    if not clears or undone or any(isinstance(each, WritesGradient) for each in about):
        return None
    return next((each for each in about if isinstance(each, Step) and each.closure is No), None)


def _accumulates_for(iteration: TrainingIteration, step: Step) -> bool:
    ledger = iteration.ledger(step.subject)
    clears = ledger.events(Clear)
    usual = step.periodic is Yes and step.closure is No
    kept = bool(clears) and all(clear.periodic is Yes for clear in clears)
    return usual and kept and not ledger.events(WritesGradient)


def _is_whole(iteration: TrainingIteration, backward: Backward, step: Step) -> bool:
    if backward.accumulates is not No or backward.periodic is not No or backward.divided is not No:
        return False
    return backward.of_input is No and iteration.concerns(backward.subject, step.subject) is Yes


def _reaches(iteration: TrainingIteration, backward: Backward, step: Step) -> bool:
    """Whether the step is given these gradients on every way that has both: nothing clears them in between."""
    ledger = iteration.ledger(step.subject)
    reached = [
        any(each.site == backward.site for each in ledger.at(moment).computed_by)
        for way in iteration.ways
        if any(each.site == backward.site for each in way.of(Backward))
        for moment in way.moments(Step)
        if moment.event.site == step.site
    ]
    return any(reached) and all(reached)
