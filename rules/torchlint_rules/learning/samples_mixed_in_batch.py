"""TL709 samples-mixed-in-batch

## What it finds

A model whose output for one sample changes, in eval mode, when another sample of the batch does.

## Why it is bad

The model learns from samples that are not its own, so its targets do not belong to its inputs. Predictions depend on
what else happens to be in the batch, and differ between batch sizes.

## Example

```python
x = x.view(x.size(1), x.size(0), -1)  # (N, T, F) to (T, N, F)? It only renames the sizes.
weights = torch.softmax(scores, dim=0)  # over the batch
```

## Use instead

```python
x = x.permute(1, 0, 2)  # (T, N, F)
weights = torch.softmax(scores, dim=-1)
```

## What stays silent

Train mode, in which BatchNorm mixes samples by design. Inputs whose first dimension may be time or nodes of a
graph rather than samples; one sample alone, such as a vector of features or an image without a batch around it.
Outputs that compare every sample with every other.

## Fix safety

There is no fix: the layer that the finding names is where to look.

## Source

Andrej Karpathy, "A Recipe for Training Neural Networks": use backprop to chart dependencies, https://karpathy.github.io/2019/04/25/recipe/
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.health import SampleIndependence
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL709", name="samples-mixed-in-batch", severity=Severity.ERROR, eyes="L")

SMALL = 1e-3
"""Of the change in the sample's own output: less may come from sums that are rounded in another order."""


def check(fact: SampleIndependence) -> Iterator[Violation]:
    """Object to outputs that moved with another sample's input."""
    if fact.others <= SMALL * fact.own or fact.others == 0:
        return
    if fact.module and fact.inside is Yes:
        where = f" They are mixed in `{fact.module}`."
    elif fact.module and fact.inside is No:
        where = f" They are mixed before they reach `{fact.module}`."
    else:
        where = ""
    yield Violation(
        fact.site,
        f"Changing one of the {fact.batch} samples changed the output of others by {fact.others:.3g} (its own by "
        f"{fact.own:.3g}) in eval mode: the samples of a batch are mixed.{where}",
        "Look for a `view` or `reshape` that should be a `permute`, a softmax or a mean over dimension 0, and an RNN "
        "or attention without `batch_first=True`.",
    )
