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

Safe: raw scores are wrapped in `log_softmax` where the loss is called, and a softmax there becomes one. Unsafe where
the softmax stands elsewhere: what else uses it will be given logarithms. There is no fix for what another activation
gave: that one is to go first.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import HAVE_FLOOR, Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.fix import CallNamesake, Enclose, Fix, Imported, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL503", name="missing-log-softmax", severity=Severity.ERROR, eyes="SL", fix="safe")
WITH_LOGARITHM = (("softmax", "torch.nn.functional.log_softmax"), ("Softmax", "torch.nn.LogSoftmax"))
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
        fix=_fix(fact, "1" if fact.loss.startswith("NLL") else "-1"),
    )


def _fix(fact: LossCall, dimension: str) -> Fix | None:
    softmax = fact.prediction.activation
    match fact.prediction.range:
        case Range.PROBABILITIES if softmax is not None:
            is_here = softmax.line == fact.site.line and softmax.file == fact.site.file
            return Fix("Use `log_softmax`", (CallNamesake(softmax, WITH_LOGARITHM),), unsafe=not is_here)
        case Range.RAW:
            before = (Imported("torch.nn.functional.log_softmax"), "(")
            wrap = Enclose(fact.site, before, (f", dim={dimension})",), Part.FIRST_ARGUMENT)
            return Fix("Take `log_softmax` of the scores", (wrap,))
    return None
