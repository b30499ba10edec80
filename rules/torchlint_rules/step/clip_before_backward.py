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

from torchlint.facts.answer import No
from torchlint.facts.event import Backward, Clip, Step
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, Move, Place
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
            fix=Fix("Clip after the backward", (Move(clip.site, Place.AFTER, backward.site),)),
        )


def _too_early_for(iteration: TrainingIteration, moment: Moment[Clip]) -> Backward | None:
    ledger = iteration.ledger(moment.event.subject)
    if ledger.at(moment, repeats=True).present is not No:
        return None
    for event, certain in ledger.ahead(moment):
        match event:
            case Step() | Clip():
                return None
            case Backward() if certain:
                return event
    return None
