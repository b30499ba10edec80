"""TL706 non-finite-value

## What it finds

NaN or Inf in a batch, a parameter, an activation, the loss or a gradient, at the first place where it appeared.

## Why it is bad

Whatever is computed with it becomes NaN too: one backward later all gradients are, one step later all weights are,
and the rest of the run is lost while it goes on as though nothing had happened.

## Example

```python
loss = -(targets * torch.log(torch.softmax(scores, dim=1))).sum(1).mean()
```

## Use instead

```python
loss = F.cross_entropy(scores, targets)
```

## What stays silent

Gradients that a GradScaler finds infinite: it skips the step and lowers its scale, as it should. Infinite values
in masks, which a softmax turns into zeros.

## Fix safety

There is no fix: the place says what to look at.

## Source

https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html#extremal-values
"""

from collections.abc import Iterator

from torchlint.facts.health import NonFinite, Quantity
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL706", name="non-finite-value", severity=Severity.ERROR, eyes="L")

INSTEAD = {
    Quantity.INPUT: "Look for missing values in the data, and for a division by a standard deviation of 0.",
    Quantity.PARAMETER: "Look at the gradients of the step before: lower the learning rate, or clip them.",
    Quantity.ACTIVATION: "Look at what this layer divides by, takes the logarithm or root of, and at the size of its "
    "input.",
    Quantity.LOSS: "Take the logarithm with `log_softmax` or `logsigmoid`, and keep what is divided by away from 0.",
    Quantity.GRADIENT: "Look for a root or a norm at 0, and for `torch.where` over a branch that is infinite.",
}


def check(fact: NonFinite) -> Iterator[Violation]:
    """Object to every one; there is a fact only for the first."""
    of = f" of `{fact.module}`" if fact.module else ""
    what = {
        Quantity.INPUT: "the batch that the model was given",
        Quantity.PARAMETER: f"the parameters{of}, which a step had changed before",
        Quantity.ACTIVATION: f"the output{of or ' of the model'}, while what went in was finite",
        Quantity.LOSS: "the loss",
        Quantity.GRADIENT: f"the gradients{of}, while the loss was finite",
    }[fact.quantity]
    yield Violation(
        fact.site,
        f"{fact.value.value} appeared at step {fact.step} in {what}: everything that is computed from it is lost.",
        INSTEAD[fact.quantity],
    )
