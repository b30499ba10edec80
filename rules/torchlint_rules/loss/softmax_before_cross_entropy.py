"""TL501 softmax-before-cross-entropy

## What it finds

Probabilities or log-probabilities given to `CrossEntropyLoss`, which takes raw scores.

## Why it is bad

The loss applies log-softmax itself. Over probabilities, which lie between 0 and 1, it can never come near 0
and its gradients are small: training is slow and stops early, while accuracy looks merely poor. Over
log-probabilities the second log-softmax changes nothing and hides which loss was meant.

## Example

```python
probabilities = torch.softmax(model(images), dim=1)
loss = F.cross_entropy(probabilities, labels)
```

## Use instead

```python
scores = model(images)
loss = F.cross_entropy(scores, labels)
```

## What stays silent

A softmax over the target: soft targets are probabilities. A softmax inside the model (attention) or after
the loss (metrics), and `LogSoftmax` followed by `NLLLoss`.

## Fix safety

Safe where the softmax stands in the line of the loss, which alone uses it: it is removed. Unsafe where what it gives
may be used elsewhere as well, such as by a metric. A layer is taken out where it is the last one of a `Sequential`, and
becomes `nn.Identity()` elsewhere. Predictions by `argmax` stay as they are. In a run there is no fix: which call it was
is not known.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, Unwrap
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL501", name="softmax-before-cross-entropy", severity=Severity.ERROR, eyes="SL", fix="safe")


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a prediction that has been through a softmax, at the softmax if its place is known."""
    if fact.loss != "CrossEntropyLoss":
        return
    match fact.prediction.range:
        case Range.PROBABILITIES:
            message = (
                "CrossEntropyLoss applies log-softmax itself and is given probabilities: the softmax is "
                "applied twice, the loss cannot come near 0 and gradients are too small."
            )
            instead = "Give the loss raw scores: remove the softmax, and apply it only where probabilities are read."
        case Range.LOG_PROBABILITIES:
            message = (
                "CrossEntropyLoss applies log-softmax itself and is given log-probabilities: the "
                "log-softmax is applied twice."
            )
            instead = "Give the loss raw scores, or keep the log-softmax and use `NLLLoss`."
        case _:
            return
    site = fact.prediction.activation or fact.site
    related = () if site == fact.site else (Related(fact.site, "the loss is computed here"),)
    only_the_loss_uses_it = site.line == fact.site.line and site.file == fact.site.file
    fix = Fix("Remove the softmax", (Unwrap(site),), unsafe=not only_the_loss_uses_it)
    yield Violation(site, message, instead, related, fix=fix if fact.prediction.activation else None)
