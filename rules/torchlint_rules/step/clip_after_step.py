"""TL201 clip-after-step

## What it finds

Gradients that are clipped after `optimizer.step()` has already used them, with no backward in between.

## Why it is bad

The step runs with the unclipped gradients, so one bad batch can still throw the weights far off; what is
clipped afterwards is thrown away by the next `zero_grad()`.

## Example

```python
optimizer.zero_grad()
loss.backward()
optimizer.step()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
```

## Use instead

Clip between the backward and the step.

```python
optimizer.zero_grad()
loss.backward()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
optimizer.step()
```

## What stays silent

Weights that are clamped after the step, as in a WGAN (`p.data.clamp_(-c, c)`). Gradients that were clipped
before the step too, where the second call only measures them. A step that is given a closure.

## Fix safety

Safe: moving the call in front of the step does what its author plainly meant.

## Source

https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html, and Pascanu et al., "On the
difficulty of training recurrent neural networks", https://arxiv.org/abs/1211.5063
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Clip, Step
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Move, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL201", name="clip-after-step", severity=Severity.ERROR, fix="safe")


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to clippings that come after the step they were meant for."""
    for clip, step in iteration.always(Clip, lambda moment: _too_late_for(iteration, moment)):
        yield Violation(
            clip.site,
            "The optimizer has already stepped with the unclipped gradients when they are clipped here.",
            "Clip between `backward()` and `step()`.",
            (Related(step.site, "the step that used the unclipped gradients"),),
            fix=_fix(clip, step),
        )


def _fix(clip: Clip, step: Step) -> Fix:
    move = Move(clip.site, Place.BEFORE, step.site)
    if step.scaler is not Yes:
        return Fix("Clip before the step", (move,))
    scaler, optimizer = Excerpt(step.site, Part.RECEIVER), Excerpt(step.site, Part.FIRST_ARGUMENT)
    unscale = Insert(Place.BEFORE, step.site, (scaler, ".unscale_(", optimizer, ")"))
    return Fix("Unscale the gradients and clip them before the step", (unscale, move))


def _too_late_for(iteration: TrainingIteration, moment: Moment[Clip]) -> Step | None:
    gradients = iteration.ledger(moment.event.subject).at(moment)
    step = gradients.used_by
    if step is None or step.closure is not No or gradients.clipped_by is not None:
        return None
    return step
