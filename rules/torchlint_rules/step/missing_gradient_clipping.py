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
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL202", name="missing-gradient-clipping", severity=Severity.ADVICE, fix="unsafe")

SPIKE = 100.0
"""Norms of a healthy run wander within a factor of ten."""
RISE = 10.0
"""A spike is so many times above all that came before it; where a fit converges, norms fall far below the first."""
FEWEST_NORMS = 8


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to steps of a recurrent model in an iteration that clips nothing."""
    if not iteration.fully_known:
        return
    recurrent = [forward for forward in iteration.events(Forward) if forward.model.recurrent is Yes]
    for step in iteration.events(Step):
        run = next((each for each in recurrent if iteration.concerns(each.subject, step.subject) is Yes), None)
        spike, usual = _spike(iteration.norms_at(step.site))
        if not (run or spike) or not _trains_unclipped(iteration, step):
            continue
        if spike:
            yield Violation(
                step.site,
                f"The norm of the gradients is usually {usual:.3g} and was {spike:.3g} once, and nothing clips it: one "
                "such step can undo the training.",
                "Call `torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)` between `backward()` "
                "and `step()`.",
            )
        elif run:
            yield Violation(
                step.site,
                f"`{run.model.name}` is recurrent and its gradients are not clipped, so a single exploding "
                "gradient can undo the training.",
                "Call `torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)` between `backward()` "
                "and `step()`.",
                (Related(run.site, "the recurrent model is run here"),),
            )


def _spike(norms: tuple[float, ...]) -> tuple[float, float]:
    """The largest norm, if it stands alone far above the usual one, and the usual one."""
    usual = median(norms) if len(norms) >= FEWEST_NORMS else 0.0
    largest = max(norms, default=0.0)
    before = norms[: norms.index(largest)] if norms else ()
    alone = norms[-1:] != (largest,) and sum(norm > SPIKE * usual for norm in norms) * 4 <= len(norms)
    rises = bool(before) and largest > RISE * max(before)
    spikes = usual > 0 and isfinite(largest) and largest > SPIKE * usual
    return (largest, usual) if spikes and alone and rises else (0.0, usual)


def _trains_unclipped(iteration: TrainingIteration, step: Step) -> bool:
    if step.closure is not No:
        return False
    backward = any(
        iteration.concerns(each.subject, step.subject) is Yes and not each.by_framework
        for each in iteration.events(Backward)
    )
    bounded = any(
        isinstance(event, Clip) and iteration.concerns(event.subject, step.subject) is not No
        for event in iteration.around
    )
    return backward and not bounded and not iteration.touches(step.subject, Clip, WritesGradient)
