"""TL202 missing-gradient-clipping

## What it finds

A recurrent model (RNN, LSTM, GRU or one of their cells) that is trained without clipping its gradients. In a
live run, gradient norms that spike by orders of magnitude while nothing clips them.

## Why it is bad

Backpropagation through many time steps multiplies gradients: now and then one grows by orders of magnitude,
and a single step with it undoes a good part of the training.

## Example

```python
logits = lstm_tagger(tokens)
loss = criterion(logits, tags)
optimizer.zero_grad()
loss.backward()
optimizer.step()
```

## Use instead

```python
logits = lstm_tagger(tokens)
loss = criterion(logits, tags)
optimizer.zero_grad()
loss.backward()
nn.utils.clip_grad_norm_(lstm_tagger.parameters(), 1.0)
optimizer.step()
```

## What stays silent

Clipping by a flag of a framework (`gradient_clip_val=`, `max_grad_norm=`) or by a hook that clamps gradients;
a step that is given a closure, as LBFGS is; distributed autograd contexts; a call that was not read and is
given the optimizer. Live: norms that grow and stay large, of which TL704 speaks.

## Fix safety

Unsafe: the clipped run takes other steps, and the bound is for its author to choose.

## Source

Pascanu et al., "On the difficulty of training recurrent neural networks", https://arxiv.org/abs/1211.5063
"""

from collections.abc import Iterator
from math import isfinite
from statistics import median

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Clip, Forward, Step, WritesGradient
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Imported, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL202", name="missing-gradient-clipping", severity=Severity.ADVICE, fix="unsafe")

SPIKE = 100.0
"""Norms of a healthy run wander within a factor of ten."""
RISE = 10.0
"""A spike is so many times above all that came before it; where a fit converges, norms fall far below the first."""
FEWEST_NORMS = 8
USUAL_NORM = 1.0
"""What a fix clips to: the bound that most training scripts begin with."""
CLIP = "Call `torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)` between `backward()` and `step()`."


def check_recurrent_models(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps of a recurrent model in an iteration that clips nothing."""
    recurrent = [forward for forward in iteration.events(Forward) if forward.model.recurrent is Yes]
    for step in _unclipped_steps(iteration):
        run = next((each for each in recurrent if iteration.concerns(each.subject, step.subject) is Yes), None)
        if run is None or _spike(iteration, step):
            continue
        yield Violation(
            step.site,
            f"`{run.model.name}` is recurrent and its gradients are not clipped, so a single exploding "
            "gradient can undo the training.",
            CLIP,
            (Related(run.site, "the recurrent model is run here"),),
            fix=_fix(step, run),
        )


def check_spikes(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps that were given a gradient far above the others in an iteration that clips nothing."""
    for step in _unclipped_steps(iteration):
        spike = _spike(iteration, step)
        if spike:
            usual = median(iteration.norms_at(step.site))
            yield Violation(
                step.site,
                f"The norm of the gradients is usually {usual:.3g} and was {spike:.3g} once, and nothing clips it: one "
                "such step can undo the training.",
                CLIP,
            )


def _fix(step: Step, run: Forward) -> Fix:
    model = Excerpt(run.site, Part.FUNCTION)
    clip = Insert(
        Place.BEFORE,
        step.site,
        (Imported("torch.nn.utils.clip_grad_norm_"), "(", model, f".parameters(), {USUAL_NORM})"),
    )
    if step.scaler is not Yes:
        return Fix(f"Clip the gradients to a norm of {USUAL_NORM}", (clip,))
    scaler, optimizer = Excerpt(step.site, Part.RECEIVER), Excerpt(step.site, Part.FIRST_ARGUMENT)
    unscale = Insert(Place.BEFORE, step.site, (scaler, ".unscale_(", optimizer, ")"))
    return Fix(f"Unscale the gradients and clip them to a norm of {USUAL_NORM}", (unscale, clip))


def _unclipped_steps(iteration: TrainingIteration) -> Iterator[Step]:
    """The steps with the gradients of a backward, in an iteration in which nothing bounds them."""
    for step in iteration.events(Step) if iteration.fully_known else ():
        ledger = iteration.ledger(step.subject)
        computed = any(not backward.by_framework for backward in ledger.surely(Backward))
        bounded = ledger.events(Clip, WritesGradient) or any(
            isinstance(event, Clip) and iteration.concerns(event.subject, step.subject) is not No
            for event in iteration.around
        )
        if step.closure is No and computed and not bounded:
            yield step


def _spike(iteration: TrainingIteration, step: Step) -> float:
    """The largest norm, if it stands alone far above the usual one, else 0."""
    norms = iteration.norms_at(step.site)
    if len(norms) < FEWEST_NORMS:
        return 0.0
    usual, largest = median(norms), max(norms)
    before = norms[: norms.index(largest)]
    alone = norms[-1] != largest and sum(norm > SPIKE * usual for norm in norms) * 4 <= len(norms)
    rises = bool(before) and largest > RISE * max(before)
    spikes = usual > 0 and isfinite(largest) and largest > SPIKE * usual
    return largest if spikes and alone and rises else 0.0
