"""TL502 sigmoid-before-bce-with-logits

## What it finds

Probabilities given to `BCEWithLogitsLoss`, which takes raw scores and applies the sigmoid itself.

## Why it is bad

The sigmoid is applied twice. What the loss then sees lies between 0.5 and 0.73: it cannot come near 0 for
either class, its gradients are small, and the model ends far less sure than it could be.

## Example

```python
criterion = nn.BCEWithLogitsLoss()
loss = criterion(torch.sigmoid(model(images)), labels)
```

## Use instead

```python
criterion = nn.BCEWithLogitsLoss()
loss = criterion(model(images), labels)
```

## What stays silent

A sigmoid over the target, a sigmoid after the loss (metrics, predictions), a gate inside the model, and
a sigmoid followed by `BCELoss`.

## Fix safety

Safe where the sigmoid stands in the line of the loss, which alone uses it: it is removed. Unsafe where what it gives
may be used elsewhere as well, where 0.5 is then to be 0. A layer is taken out where it is the last one of a
`Sequential`, and becomes `nn.Identity()` elsewhere. In a run there is no fix: which call it was is not known.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, Unwrap
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL502", name="sigmoid-before-bce-with-logits", severity=Severity.ERROR, eyes="SL", fix="safe")


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to a prediction that is a probability already, at the sigmoid if its place is known."""
    if fact.loss != "BCEWithLogitsLoss" or fact.prediction.range not in (Range.UNIT, Range.PROBABILITIES):
        return
    given = "a softmax" if fact.prediction.range is Range.PROBABILITIES else "a sigmoid"
    site = fact.prediction.activation or fact.site
    only_the_loss_uses_it = site.line == fact.site.line and site.file == fact.site.file
    fix = Fix(f"Remove {given.replace('a ', 'the ')}", (Unwrap(site),), unsafe=not only_the_loss_uses_it)
    yield Violation(
        site,
        f"BCEWithLogitsLoss applies the sigmoid itself and is given what {given} made: the loss cannot come near "
        "0 and gradients are too small.",
        f"Give the loss raw scores: remove {given}, and apply `sigmoid` only where probabilities are read.",
        () if site == fact.site else (Related(fact.site, "the loss is computed here"),),
        fix=fix if fact.prediction.activation else None,
    )
