"""TL206 missing-backward

## What it finds

A loop that runs the model or computes a loss and steps the optimizer, while nothing computes the gradients
that this optimizer steps with. Either there is no backward, or what it starts from was detached from what the
optimizer holds, as in a generator's step on `fake.detach()`. It also finds a step before which what other losses left
is cleared, while no backward uses the loss that is computed in between.

## Why it is bad

The step sees no gradients and changes nothing: the loss is printed and never falls.

## Example

```python
for images, labels in train_loader:
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
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

A closure that could not be followed; gradients or parameters that are written by hand; a framework
that runs backward itself; a call that was not read and is given the loss, the model or the optimizer.

## Fix safety

There is no fix: which loss to run backward, and where, is for the author to say.

## Source

https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import (
    Backward,
    Clear,
    Forward,
    LossComputed,
    Step,
    WritesGradient,
    WritesWeights,
    may_train_unseen,
)
from torchlint.facts.loss import Severed
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL206", name="missing-backward", severity=Severity.ERROR)

UPDATES = (Backward, WritesGradient, WritesWeights)
"""What gives a step its gradients, or learns without them."""
MESSAGE = "The optimizer steps, but nothing computes its gradients, so the parameters never change."
INSTEAD = "Call `loss.backward()` before `step()`, or in the closure that it is given."


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps for which nothing computes gradients."""
    if not iteration.fully_known:
        return
    for step in iteration.events(Step):
        if not _without_gradients(iteration, step):
            continue
        reason, backward = _learns_from(iteration, step), _last_backward(iteration, step)
        severed = _severed(iteration, step, backward)
        if severed is not None:
            yield Violation(
                step.site,
                f"The loss was computed after `{severed.call}`, so no gradient reaches what this optimizer holds, "
                "and its parameters never change.",
                f"Compute the loss that it learns from without `{severed.call}`.",
                (Related(severed.site, "the graph ends here"),),
            )
        elif backward is not None:
            yield Violation(
                step.site,
                "The backward before this step reaches none of the parameters that the optimizer holds, so they "
                "never change.",
                "Look for a `detach()` or `no_grad()` on the way from these parameters to the loss.",
                (Related(backward.site, "this backward ends elsewhere"),),
            )
        elif reason is not None:
            yield Violation(step.site, MESSAGE, INSTEAD, (reason,))


def check_cleared(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps before which what other losses gave is cleared, and whose own loss no backward uses."""
    if not iteration.fully_known:
        return

    def unlearned(moment: Moment[Clear]) -> Step | None:
        return iteration.ledger(moment.event.subject).unlearned(moment, repeats=True)

    for clear, step in iteration.always(Clear, unlearned, beside=Step):
        if iteration.ledger(clear.subject).events(*UPDATES):  # Else it is told of as a step without any gradients.
            yield Violation(step.site, MESSAGE, INSTEAD, (Related(clear.site, "cleared here, and not computed anew"),))


def _last_backward(iteration: TrainingIteration, step: Step) -> Backward | None:
    """The backward that stands between the step before and this one, on every way that has it."""
    found: list[Backward | None] = []
    for way in iteration.ways:
        for moment in way.moments(Step):
            if moment.event.site == step.site:
                nearest = next((each for each in moment.before if isinstance(each, (Backward, Step))), None)
                found.append(nearest if isinstance(nearest, Backward) else None)
    return found[0] if None not in found else None


def _severed(iteration: TrainingIteration, step: Step, backward: Backward | None) -> Severed | None:
    """Where what the optimizer holds was taken out of the graph that a backward went through."""
    known = sorted(backward.severed) if backward is not None else []
    return next((each for each in known if iteration.concerns(each.subject, step.subject) is Yes), None)


def _learns_from(iteration: TrainingIteration, step: Step) -> Related | None:
    """The loss that the step should have learned from, or the forward call."""
    for way in iteration.ways:
        if not any(each.site == step.site for each in way.of(Step)):
            continue
        for loss in way.of(LossComputed):
            return Related(loss.site, "the loss that no backward uses")
        for forward in way.of(Forward):
            if forward.gradients is not No and iteration.concerns(forward.subject, step.subject) is not No:
                return Related(forward.site, "the model is run here")
    return None


def _without_gradients(iteration: TrainingIteration, step: Step) -> bool:
    if step.closure is Unknown:
        return False
    elsewhere = any(isinstance(event, UPDATES) or may_train_unseen(event) for event in iteration.around)
    return not elsewhere and not iteration.ledger(step.subject).events(*UPDATES)
