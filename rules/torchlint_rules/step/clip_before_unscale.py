"""TL208 clip-before-unscale

## What it finds

Gradients of a loss that a GradScaler scaled, clipped before `scaler.unscale_(optimizer)` has divided them
again.

## Why it is bad

The gradients are still multiplied by the scale, tens of thousands at first: a bound of 1.0 cuts every one of
them down to almost nothing, and the steps shrink whenever the scale grows.

## Example

```python
scaler.scale(loss).backward()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
scaler.step(optimizer)
scaler.update()
```

## Use instead

```python
scaler.scale(loss).backward()
scaler.unscale_(optimizer)
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
scaler.step(optimizer)
scaler.update()
```

## What stays silent

A framework that unscales before it clips (`accelerator.clip_grad_norm_`, `fabric.clip_gradients`); a call in
between that was not read and is given the optimizer; a loss that is scaled on some ways only.

## Fix safety

Safe: `step` knows that the gradients were unscaled and does not divide them again.

## Source

https://pytorch.org/docs/stable/notes/amp_examples.html#gradient-clipping
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.event import Backward, Clip, Step
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL208", name="clip-before-unscale", severity=Severity.ERROR, fix="safe")


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to clippings of gradients that are still scaled."""
    for clip, backward in iteration.always(Clip, lambda moment: _still_scaled_by(iteration, moment)):
        yield Violation(
            clip.site,
            "The gradients are still multiplied by the scaler's factor when they are clipped here, so almost "
            "nothing is left of them.",
            "Call `scaler.unscale_(optimizer)` between `backward()` and the clipping.",
            (Related(backward.site, "the scaled loss is run backward here"),),
            fix=_fix(iteration, clip),
        )


def _fix(iteration: TrainingIteration, clip: Clip) -> Fix | None:
    steps = [step for step in iteration.ledger(clip.subject).surely(Step) if step.scaler is Yes]
    if len(steps) != 1:
        return None  # Which optimizer holds what is clipped is not known.
    scaler, optimizer = Excerpt(steps[0].site, Part.RECEIVER), Excerpt(steps[0].site, Part.FIRST_ARGUMENT)
    unscale = Insert(Place.BEFORE, clip.site, (scaler, ".unscale_(", optimizer, ")"))
    return Fix("Unscale the gradients before they are clipped", (unscale,))


def _still_scaled_by(iteration: TrainingIteration, moment: Moment[Clip]) -> Backward | None:
    clip = moment.event
    return None if clip.by_framework else iteration.ledger(clip.subject).at(moment).scaled_by
