"""TL509 activation-before-loss

## What it finds

An activation that cuts the range, such as ReLU, ELU, GELU or tanh, between the last layer and a loss that takes raw
scores.

## Why it is bad

The loss turns scores into probabilities by a softmax or a sigmoid of its own and needs all of their range. After
a ReLU no score is below 0: a binary model cannot say "no", and a class whose score is 0 gets no gradient. After an
ELU, GELU or SiLU they fall below 0 by little, and where they do the gradients vanish. After a tanh or a sigmoid the
scores lie so close together that the loss cannot come near 0.

## Example

```python
scores = F.relu(self.head(x))
loss = F.cross_entropy(scores, labels)
```

## Use instead

```python
scores = self.head(x)
loss = F.cross_entropy(scores, labels)
```

## What stays silent

Activations between layers, and leaky ones, which have no bounds; one that is scaled or shifted afterwards
(`10 * torch.tanh(x)`), and maps of ReLU that are averaged into scores, as NiN and SqueezeNet do. A softmax before
`CrossEntropyLoss` is TL501, a sigmoid before `BCEWithLogitsLoss` TL502.

## Fix safety

There is no fix: the activation may stand in a model that is used elsewhere.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.layer import HAVE_FLOOR, Range
from torchlint.facts.loss import LossCall
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL509", name="activation-before-loss", severity=Severity.ERROR, eyes="SL")
# Margin losses take raw scores too, but are content with bounded ones.
CUT = {
    "CrossEntropyLoss": HAVE_FLOOR | {Range.SIGNED_UNIT, Range.UNIT, Range.LOG_UNIT},
    "BCEWithLogitsLoss": HAVE_FLOOR | {Range.SIGNED_UNIT, Range.LOG_UNIT, Range.LOG_PROBABILITIES},
    "MultiLabelSoftMarginLoss": HAVE_FLOOR | {Range.SIGNED_UNIT, Range.UNIT, Range.LOG_UNIT},
}


def check(fact: LossCall) -> Iterator[Violation]:
    """Object to scores whose range was cut, at the activation if its place is known."""
    if fact.prediction.range not in CUT.get(fact.loss, ()):
        return
    site = fact.prediction.activation or fact.site
    yield Violation(
        site,
        f"{fact.loss} takes raw scores and is given {fact.prediction.range.value}: it cannot be as sure, or as "
        "unsure, as the target asks, and gradients vanish.",
        "Give the loss what the last layer gives, without the activation.",
        () if site == fact.site else (Related(fact.site, "the loss is computed here"),),
    )
