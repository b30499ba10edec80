"""TL206 missing-backward

## What it finds

A loop that runs the model or computes a loss and steps the optimizer, while nothing computes the gradients
that this optimizer steps with.

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

A step that is given a closure, as LBFGS is; gradients or parameters that are written by hand; a framework
that runs backward itself; a call that was not read and is given the loss, the model or the optimizer.

## Fix safety

There is no fix: which loss to run backward, and where, is for the author to say.

## Source

https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.event import Backward, Forward, LossComputed, Step, WritesGradient, WritesWeights, may_train_unseen
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL206", name="missing-backward", severity=Severity.ERROR)

UPDATES = (Backward, WritesGradient, WritesWeights)
"""What gives a step its gradients, or learns without them."""


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps for which nothing computes gradients."""
    if not iteration.fully_known:
        return
    for step in iteration.events(Step):
        reason = _learns_from(iteration, step)
        if reason is not None and _without_gradients(iteration, step):
            yield Violation(
                step.site,
                "The optimizer steps, but nothing computes its gradients, so the parameters never change.",
                "Call `loss.backward()` before `step()`.",
                (reason,),
            )


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
    if step.closure is not No:
        return False
    elsewhere = any(isinstance(event, UPDATES) or may_train_unseen(event) for event in iteration.around)
    return not elsewhere and not iteration.ledger(step.subject).events(*UPDATES)
