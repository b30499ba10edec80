"""TL512 kl-div-mean

## What it finds

A model is trained with `nn.KLDivLoss()` or `F.kl_div` under `reduction="mean"`, which is the default.

## Why it is bad

This mean divides by the number of all elements, classes included, and not by the number of samples. With 1,000
classes the loss is a thousandth of the divergence: beside another loss it does nothing, and alone its gradients
are as small. The weight that a paper gives to such a loss means the divergence.

## Example

```python
soft = F.kl_div(log_probabilities, teacher_probabilities)
```

## Use instead

```python
soft = F.kl_div(log_probabilities, teacher_probabilities, reduction="batchmean")
```

## What stays silent

`reduction="batchmean"`, `"sum"` and `"none"`, one that is computed, `size_average=False` of older releases, and one
distribution alone, without a batch. A mean that is multiplied by a number of classes, or by another size, by hand. A
loss of which no gradient is known to be taken: as a score, it is only on another scale.

## Fix safety

Safe: `reduction="batchmean"` is given, and the divergence is what the name promises. Rates and weights that were tuned
to the small number are to be tuned again.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.loss import Reduction, TrainedLoss
from torchlint.facts.site import Site
from torchlint.finding import Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL512", name="kl-div-mean", severity=Severity.WARNING, eyes="S", fix="safe")
DIVERGENCE = "KLDivLoss"


def check(fact: TrainedLoss) -> Iterator[Violation]:
    """Object to a divergence that trains a model and is divided by the number of all elements."""
    call = fact.call
    if call.loss != DIVERGENCE or call.reduction is not Reduction.MEAN or fact.by_size is Yes:
        return
    if any(shape is not None and len(shape) == 1 for shape in (call.prediction.shape, call.target.shape)):
        return
    yield Violation(
        fact.site,
        "The model is trained with a KL divergence that is divided by the number of all elements, classes included: "
        "its gradients are that much too small.",
        'Pass `reduction="batchmean"`, which divides by the number of samples.',
        fix=None if call.settings_at is None else _fix(call.settings_at),
    )


def _fix(settings_at: Site) -> Fix:
    by_samples = SetArgument(settings_at, "reduction", ('"batchmean"',), instead_of="size_average")
    return Fix("Divide by the number of samples", (by_samples,))
