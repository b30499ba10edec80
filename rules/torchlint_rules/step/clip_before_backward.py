"""TL203 clip-before-backward

## What it finds

Gradients that are clipped before this iteration's backward has computed them.

## Why it is bad

There is nothing to clip yet: the call works on cleared or already used gradients, and the step then runs with
unclipped ones.

## Example

```python
optimizer.zero_grad()
loss = criterion(model(images), labels)
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
loss.backward()
optimizer.step()
```

## Use instead

Clip between the backward and the step.

```python
optimizer.zero_grad()
loss = criterion(model(images), labels)
loss.backward()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
optimizer.step()
```

## What stays silent

Clipping at the top of an iteration that finishes the one before it, with the step after the clipping;
gradients that are still being accumulated; a step that is given a closure.

## Fix safety

Unsafe: from the first step on, the run takes smaller steps than it did.

## Source

https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Clear, Clip, Event, Step
from torchlint.facts.run import Moment, TrainingIteration, may_train_unseen
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL203", name="clip-before-backward", severity=Severity.ERROR, fix="unsafe")


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to clippings that come before the backward they were meant for."""
    for clip, backward in iteration.always(Clip, lambda moment: _too_early_for(iteration, moment), beside=Backward):
        yield Violation(
            clip.site,
            "This iteration's gradients are not computed yet when they are clipped here, so the step uses "
            "them unclipped.",
            "Clip between `backward()` and `step()`.",
            (Related(backward.site, "the gradients are computed here"),),
        )


def _too_early_for(iteration: TrainingIteration, moment: Moment[Clip]) -> Event | None:
    if _pending(iteration, moment):
        return None
    for event in moment.after:
        match event:
            case _ if may_train_unseen(event):
                return None
            case Step() | Clip() if iteration.concerns(event.subject, moment.event.subject) is not No:
                return None
            case Backward() if iteration.concerns(event.subject, moment.event.subject) is Yes:
                return event
    return None


def _pending(iteration: TrainingIteration, moment: Moment[Clip]) -> bool:
    """Whether there may be gradients to clip, left by a backward that no step has used yet."""
    for event in moment.back:
        match event:
            case _ if may_train_unseen(event):
                return True
            case Backward() if iteration.concerns(event.subject, moment.event.subject) is not No:
                return True
            case Step() if iteration.concerns(event.subject, moment.event.subject) is Yes:
                return event.closure is not No
            case Clear() if iteration.concerns(event.subject, moment.event.subject) is Yes:
                return False
    return True
