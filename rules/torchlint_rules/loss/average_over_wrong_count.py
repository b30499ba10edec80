"""TL515 average-over-wrong-count

## What it finds

A count of right samples that is divided by the number of batches, or a sum of batch means that is divided by the
number of samples.

## Why it is bad

The result is off by the size of a batch: an accuracy of 25, or a loss that looks 64 times as good as it is. It still
goes up and down as it should, so runs with other batch sizes are compared by a number that means something else.

## Example

```python
for inputs, labels in loader:
    correct += (model(inputs).argmax(1) == labels).sum().item()
accuracy = correct / len(loader)
```

## Use instead

```python
accuracy = correct / len(loader.dataset)
```

and, for means over batches, `loss_sum / len(loader)`.

## What stays silent

Counts over `len(loader.dataset)` and means over `len(loader)`. A mean that is multiplied by the size of its batch, a
loss with `reduction="sum"`, a result that is divided by the batch size as well. Batches of one sample, and loaders
that were not seen to be built, whose batches may be of one.

## Fix safety

Unsafe: the number that is printed changes. `len(loader)` becomes `len(loader.dataset)`, where the loader gives every
sample; and the other way round. There is no fix where the length was taken in another statement, which may use it too.

## Source

https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.loss import Average, Counted, Summed
from torchlint.finding import Severity
from torchlint.fix import DropAttribute, Enclose, Fix, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL515", name="average-over-wrong-count", severity=Severity.WARNING, eyes="S", fix="unsafe")


def check(fact: Average) -> Iterator[Violation]:
    """Object to what is counted by one and divided by the other."""
    if fact.single is not No:
        return
    match fact.of, fact.over:
        case Summed.HITS, Counted.BATCHES:
            message = (
                "Right samples are counted, and divided by the number of batches: this is no accuracy, it grows with "
                "the batch size."
            )
            instead = "Divide by the number of samples: `len(loader.dataset)`."
        case Summed.BATCH_MEANS, Counted.SAMPLES:
            message = (
                "Means over batches are summed, and divided by the number of samples: the result is too small by the "
                "batch size."
            )
            instead = "Divide by the number of batches, `len(loader)`, or multiply each mean by the size of its batch."
        case _:
            return
    yield Violation(fact.site, message, instead, fix=_fix(fact))


def _fix(fact: Average) -> Fix | None:
    match fact.count, fact.over:
        case None, _:
            return None
        case count, Counted.SAMPLES:
            return Fix("Divide by the number of batches", (DropAttribute(count, "dataset", Part.FIRST_ARGUMENT),))
        case count, Counted.BATCHES if fact.complete is Yes:
            of_samples = Enclose(count, after=(".dataset",), part=Part.FIRST_ARGUMENT)
            return Fix("Divide by the number of samples", (of_samples,))
    return None
