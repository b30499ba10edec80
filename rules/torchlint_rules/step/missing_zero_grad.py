"""TL204 missing-zero-grad

## What it finds

A training loop that runs backward and steps, and in which nothing clears the gradients between the steps.

## Why it is bad

Backward adds to the gradients that are there: every step uses the sum over all batches since the start, which
grows and points ever less in the direction of this batch.

## Example

```python
for images, labels in train_loader:
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
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

Accumulation that clears every k-th batch; gradients cleared in a called function, in a closure, by
`model.zero_grad()`, by `p.grad = None`, or by an engine that is not known (`engine.backward(loss)`); gradients
taken by `torch.autograd.grad`; a call that was not read and is given the model, the optimizer or the loss; a
model that is built anew in every iteration. Gradients that are cleared once before the loop are not cleared
between its steps.

## Fix safety

Safe: it puts `zero_grad()` of the optimizer that steps in front of the backward, or behind the step where the
gradients of several batches are gathered for it.

## Source

https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Backward, BuildOptimizer, Clear, Step, WritesGradient
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Abstention, Rule, Violation

RULE = Rule(code="TL204", name="missing-zero-grad", severity=Severity.ERROR, fix="safe")


def check(iteration: TrainingIteration) -> Iterator[Violation | Abstention]:
    """Object to the first backward on the way to a step whose gradients nothing clears.

    A loop over the parts of a step says nothing by itself: the loop around it does.
    """
    if iteration.is_part:
        yield from (Abstention(backward.site) for backward in iteration.events(Backward))
    if not iteration.fully_known:
        return
    steps = [step for step in iteration.events(Step) if _never_cleared(iteration, step)]
    for backward, step in _first_backwards(iteration, steps):
        yield Violation(
            backward.site,
            "Nothing in this loop clears the gradients between steps, so each step uses the sum over all iterations "
            "so far.",
            "Call `optimizer.zero_grad()` in every iteration, before `backward()`.",
            (Related(step.site, "the step that uses the sum"),),
            fix=_fix(backward, step),
        )


def _fix(backward: Backward, step: Step) -> Fix:
    """Clear before the backward; where batches are accumulated, behind the step that uses them."""
    optimizer = Excerpt(step.site, Part.FIRST_ARGUMENT if step.scaler is Yes else Part.RECEIVER)
    clear = (optimizer, ".zero_grad()")
    after = Fix("Clear the gradients after the step", (Insert(Place.AFTER, step.site, clear),))
    if step.periodic is not No:
        return after
    return Fix("Clear the gradients", (Insert(Place.BEFORE, backward.site, clear),), otherwise=after)


def _never_cleared(iteration: TrainingIteration, step: Step) -> bool:
    if step.closure is Unknown:
        return False
    renewed = any(build.new_parameters is Yes for build in iteration.events(BuildOptimizer))
    return not renewed and not iteration.ledger(step.subject).events(Clear, WritesGradient)


def _first_backwards(iteration: TrainingIteration, steps: list[Step]) -> Iterator[tuple[Backward, Step]]:
    seen = set()
    for way in iteration.ways:
        for step in steps:
            backward = next((each for each in way.of(Backward) if _feeds(iteration, each, step)), None)
            if backward is not None and backward.site not in seen:
                seen.add(backward.site)
                yield backward, step


def _feeds(iteration: TrainingIteration, backward: Backward, step: Step) -> bool:
    if backward.may_clear or backward.of_input is not No:
        return False
    return iteration.concerns(backward.subject, step.subject) is Yes
