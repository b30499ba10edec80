"""TL507 log-of-softmax

## What it finds

The logarithm of a softmax, taken in two steps.

## Why it is bad

A softmax that is close to 0 becomes 0 in floating point (a score that is 104 below the best is enough), and its
logarithm is minus infinity: the loss turns into inf or NaN. `log_softmax` computes the same and does not.

## Example

```python
log_probabilities = torch.log(F.softmax(scores, dim=1))
```

## Use instead

```python
log_probabilities = F.log_softmax(scores, dim=1)
```

## What stays silent

A softmax that something is added to, or that is clamped, before the logarithm; a mean of several softmaxes.

## Fix safety

Safe: where the softmax is used by the logarithm alone, the two become one `log_softmax`. There is no fix where
something else uses it too, or where it is a layer.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import Range
from torchlint.facts.loss import Logarithm
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, JoinCalls
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL507", name="log-of-softmax", severity=Severity.WARNING, eyes="S", fix="safe")

AT_ONCE = (("softmax", "torch.nn.functional.log_softmax"), ("Softmax", "torch.nn.LogSoftmax"))


def check(fact: Logarithm) -> Iterator[Violation]:
    """Object to the logarithm of what a softmax gave, at the logarithm."""
    if fact.of.range is not Range.PROBABILITIES:
        return
    softmax = fact.of.activation
    yield Violation(
        fact.site,
        "A softmax that is close to 0 becomes 0, and its logarithm is minus infinity: the loss turns into inf or NaN.",
        "Use `log_softmax`, which computes both in one step.",
        () if softmax is None or softmax.line == fact.site.line else (Related(softmax, "the softmax is here"),),
        fix=None if softmax is None else Fix("Use `log_softmax`", (JoinCalls(fact.site, softmax, AT_ONCE),)),
    )
