"""TL412 padding-in-loss

## What it finds

A token loss over targets that hold padding, where the model's embedding is told of it by `padding_idx` and the loss
is not.

## Why it is bad

The model is paid for predicting padding after the end, which is easy: the loss falls quickly and says little of the
words. Short sequences weigh the least, and a model that ends too early is rewarded.

## Example

```python
embedding = nn.Embedding(vocabulary, 256, padding_idx=0)
loss = F.cross_entropy(scores.flatten(0, 1), tokens.flatten())
```

## Use instead

```python
loss = F.cross_entropy(scores.flatten(0, 1), tokens.flatten(), ignore_index=0)
```

## What stays silent

A loss with that `ignore_index`, with one that is computed, with class weights, or with `reduction="none"`, which is
masked afterwards. Targets that are chosen by a mask, or in which padding was replaced. Targets that are other tokens
than those that the embedding was given, in the text; in a run, targets in which no padding was seen, or of a
vocabulary of another size.

## Fix safety

Safe: `ignore_index=` is given where the loss is built, or to its function, and only what is no word leaves the loss.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from collections.abc import Iterator

from torchlint.facts.loss import PaddedLoss
from torchlint.finding import Severity
from torchlint.fix import Fix, Known, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL412", name="padding-in-loss", severity=Severity.WARNING, eyes="SL", fix="safe")


def check(fact: PaddedLoss) -> Iterator[Violation]:
    """Object to a loss that counts padding."""
    yield Violation(
        fact.site,
        "The targets hold the padding of the model's embedding, and this loss counts it: the model is paid for "
        "predicting padding.",
        "Pass the embedding's `padding_idx` as `ignore_index=`.",
        fix=_fix(fact),
    )


def _fix(fact: PaddedLoss) -> Fix | None:
    at, written = fact.call.settings_at, fact.written
    if at is None or fact.padding is None:
        return None
    number = str(fact.padding)
    value = Known(written, number) if written is not None and written.file == at.file else number
    return Fix("Leave the padding out", (SetArgument(at, "ignore_index", (value,)),))
