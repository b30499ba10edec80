"""TL218 step-without-effect

## What it finds

Steps that change nothing: at a learning rate of 0 that nothing else sets, or after a schedule has multiplied the rate
by 0 (`gamma=0`). In a run it also finds many steps in a row after which every weight with a gradient
is what it was, bit for bit.

## Why it is bad

Forward and backward cost what they cost, and the model stays as it is: from there on, nothing is learned.

## Example

```python
scheduler = StepLR(optimizer, step_size=10, gamma=0)
```

## Use instead

```python
scheduler = StepLR(optimizer, step_size=10, gamma=0.1)
```

## What stays silent

Groups with rates of their own; a rate that is set through `param_groups`, by a schedule that begins elsewhere
(`OneCycleLR`), or by what was not read; a factor of a scheduler that nothing steps. In a run, the first steps of a
warm-up and the last of a schedule, groups that rest beside others that move, and optimizers with a closure.

## Fix safety

There is no fix: which rate was meant is for the author to say.

## Source

https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.schedule import Scheduler, StandStill, ZeroRate
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL218", name="step-without-effect", severity=Severity.ERROR)


def check_factor(scheduler: Scheduler) -> Iterator[Violation]:
    """Object to schedules that multiply the rate by 0."""
    if scheduler.factor == 0 and scheduler.factor_site is not None and scheduler.stepped is not No:
        yield Violation(
            scheduler.factor_site,
            f"This `{scheduler.name}` multiplies the learning rate by 0, and from then on no step changes anything.",
            "Give a factor between 0 and 1, or 1 to leave the rate as it is.",
        )


def check_rate(optimizer: ZeroRate) -> Iterator[Violation]:
    """Object to rates of 0 that nothing else sets."""
    if optimizer.trains is Yes and optimizer.changed is No:
        yield Violation(
            optimizer.site,
            "The learning rate is 0 and nothing sets it anew, so no step changes anything.",
            "Give the optimizer the learning rate that you want.",
        )


def check_weights(still: StandStill) -> Iterator[Violation]:
    """Object to steps after which all weights are what they were."""
    yield Violation(
        still.site,
        f"In {still.steps} steps in a row no weight changed, though there were gradients: the learning rate was "
        f"{still.rate:.2g} at most.",
        "Look at what sets the learning rate: a schedule may count batches where it means epochs, or end too early.",
    )
