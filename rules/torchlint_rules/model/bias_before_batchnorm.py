"""TL111 bias-before-batchnorm

## What it finds

A convolution or linear layer with a bias that feeds straight into a batch norm.

## Why it is bad

The batch norm subtracts the mean of each channel, and with it the bias, whatever its value. The bias gets no
gradient to speak of, and costs memory and time; the norm has a shift of its own.

## Example

```python
nn.Sequential(nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64), nn.ReLU())
```

## Use instead

```python
nn.Sequential(nn.Conv2d(3, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU())
```

## What stays silent

`bias=False`, a bias that is computed or may be, and a layer whose output also goes elsewhere.

## Fix safety

Safe: `bias=False` is added, and the model computes the same. Checkpoints that hold the bias need `strict=False`.

## Source

https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#disable-bias-for-convolutions-directly-followed-by-a-batch-norm
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.layer import AdjacentLayers
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL111", name="bias-before-batchnorm", severity=Severity.ADVICE, eyes="SL", default=False, fix="safe")


def check(fact: AdjacentLayers) -> Iterator[Violation]:
    """Object to a bias that the next layer takes away."""
    if fact.bias is not Yes:
        return
    norm = () if fact.second.site is None else (Related(fact.second.site, "the norm that subtracts the bias"),)
    yield Violation(
        fact.site,
        f"The bias of this {fact.first.name} is subtracted by the {fact.second.name} after it: it learns nothing.",
        "Build the layer with `bias=False`.",
        norm,
        fix=Fix("Leave the bias out", (SetArgument(fact.site, "bias", ("False",)),)),
    )
