"""TL514 bootstrapped-target-with-graph

## What it finds

A loss between what a model says and a target that the same model computes, `reward + gamma * model(next_state)`, while
the target carries its graph.

## Why it is bad

The loss moves the target as well as the prediction: the value of the next state is pulled towards this state's, which
is another method than temporal-difference learning, and learns slower or something else.

## Example

```python
target = reward + gamma * value(next_state)
loss = mse_loss(value(state), target)
```

## Use instead

```python
with torch.no_grad():
    target = reward + gamma * value(next_state)
loss = mse_loss(value(state), target)
```

## What stays silent

A target that is detached or computed under `no_grad`; one that another network computes; two outputs that are compared
as they are, or by a hinge with a margin; a value that nothing is multiplied with, as a discount is; functions, classes
and conditions that say `residual`. A run shows losses of torch alone, and not differences that are written out by hand.

## Fix safety

Safe: the target is detached, and is the number that the method asks for. There is no fix for a difference that is
written out by hand, and none in a run.

## Source

https://pytorch.org/tutorials/intermediate/reinforcement_q_learning.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.loss import BootstrappedTarget
from torchlint.finding import Severity
from torchlint.fix import Enclose, Fix, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL514", name="bootstrapped-target-with-graph", severity=Severity.WARNING, fix="safe")


def check(target: BootstrappedTarget) -> Iterator[Violation]:
    """Object to a target whose graph leads to the parameters that are to learn from it."""
    if target.trained is Yes and target.meant is No:
        yield Violation(
            target.site,
            "The target carries a graph to the parameters that this loss trains, so the loss moves the target too.",
            "Compute the target under `torch.no_grad()`, or `detach()` it.",
            fix=_fix(target),
        )


def _fix(target: BootstrappedTarget) -> Fix | None:
    if target.loss is not None:
        where, part = target.loss, Part.SECOND_ARGUMENT
    elif target.alone is Yes:
        where, part = target.site, Part.VALUE
    else:
        return None
    return Fix("Detach the target", (Enclose(where, after=(".detach()",), part=part),))
