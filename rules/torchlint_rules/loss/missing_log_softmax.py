"""TL503 missing-log-softmax

## What it finds

Raw scores or probabilities given to a loss that takes log-probabilities: `NLLLoss`, `KLDivLoss`.

## Why it is bad

`NLLLoss` only picks the entry of the right class and turns its sign. Over raw scores it falls without bound as
the scores grow, and nothing holds the other classes down; over probabilities its gradient does not grow where the
model is wrong. `KLDivLoss` measures no divergence then. The loss goes down and the model learns poorly.

## Example

```python
scores = model(images)
loss = F.nll_loss(scores, labels)
```

## Use instead

```python
scores = model(images)
loss = F.nll_loss(F.log_softmax(scores, dim=1), labels)
```

## What stays silent

`log_softmax` and the logarithm of a softmax, in the model or in the loop, and scores of which it is not known
where they come from.

## Fix safety

Safe: raw scores are wrapped in `log_softmax`, which a softmax turns into.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import HAVE_FLOOR, Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL503", name="missing-log-softmax", severity=Severity.ERROR, eyes="SL", fix="safe")
NO_LOGARITHM = HAVE_FLOOR | {Range.RAW, Range.PROBABILITIES, Range.UNIT, Range.SIGNED_UNIT}


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a prediction that is known to be anything but log-probabilities."""
    if fact.expects is not Range.LOG_PROBABILITIES or fact.prediction.range not in NO_LOGARITHM:
        return
    made = fact.prediction.activation
    yield Violation(
        fact.site,
        f"{fact.loss} takes log-probabilities and is given {fact.prediction.range.value}: the loss falls, but not "
        "because the model gets better.",
        "Give it `log_softmax(scores, dim=1)`, or raw scores to `CrossEntropyLoss`."
        if fact.loss.startswith("NLL")
        else "Give it `log_softmax(scores, dim=-1)`.",
        () if made is None or made == fact.site else (Related(made, "made here"),),
    )
