"""TL701 cannot-overfit-one-batch

## What it finds

A model whose loss does not fall to its floor when it is trained on one batch alone.

## Why it is bad

A model with more parameters than the batch has targets can learn one batch by heart. When it cannot, something
between the input and the step is broken (a cut gradient, a wrong loss, a learning rate that is off by orders of
magnitude), and training on all the data will not put it right.

## Example

```python
features = torch.relu(self.encoder(x)).detach()
return self.head(features)
```

## Use instead

What the finding suspects, put right. Then this gives a loss near 0:

```python
verdict = torchlint.live.overfit_one_batch(model, batch, loss_fn, optimizer)
```

## What stays silent

A loss that came near its floor: the entropy that label smoothing and soft targets leave, the variance of equal
inputs with different targets. A loss that another learning rate brings down, unless it hardly moved. Without any
suspect: a loss that still falls when the steps are over, a model with fewer parameters than targets, a model that
draws random numbers (a VAE), and a loss whose floor is unknown.

## Fix safety

There is no fix: the suspects name what to look at.

## Source

Andrej Karpathy, "A Recipe for Training Neural Networks": overfit one batch, https://karpathy.github.io/2019/04/25/recipe/
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.health import OverfitOutcome
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL701", name="cannot-overfit-one-batch", severity=Severity.ERROR, eyes="L")

LEARNED = 0.9
"""The part of the way to the floor that counts as learned: the rest is a matter of more steps."""
DOUBTFUL = 0.3
"""Where the floor is in doubt, or dropout and sampling hold the loss up, this is enough."""
STUCK = 0.1
"""Where only the learning rate is in doubt, a loss that hardly moved is reported."""
STILL_FALLING = 0.05
"""What the last quarter of the steps must go to show that more of them would help."""


def check(fact: OverfitOutcome) -> Iterator[Violation]:
    """Object to a loss that stayed up."""
    if _may_have_learned(fact):
        return
    floor = "" if fact.floor is None else f"; the least it can be on this batch is {fact.floor:.4g}"
    yield Violation(
        fact.site,
        f"`{fact.model}` was trained on one batch for {len(fact.curve)} steps and its loss went from "
        f"{fact.curve[0]:.4g} to {fact.end:.4g}{floor}: it cannot learn even these samples.",
        " ".join(f"{each[0].upper()}{each[1:]}." for each in fact.suspects)
        or "Look at the shapes that the loss is given, at what the step updates and at the size of the model.",
    )


def _may_have_learned(fact: OverfitOutcome) -> bool:
    if not fact.finite:
        return False
    certain = fact.floor is not None and fact.random is No
    if fact.progress is None or fact.progress >= (LEARNED if certain else DOUBTFUL):
        return True
    if fact.capable is Yes:
        return fact.progress > STUCK
    if fact.suspects:
        return False
    if fact.parameters < fact.targets or fact.random is Yes or fact.floor is None:
        return True
    return fact.progress > STUCK and fact.falling > STILL_FALLING
