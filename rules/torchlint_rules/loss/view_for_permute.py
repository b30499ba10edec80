"""TL513 view-for-permute

## What it finds

A `view` or `reshape` that names the tensor's own dimensions in another order, to move one of them.

## Why it is bad

`view` moves nothing: it cuts the values, in the order of memory, into rows of other lengths. What comes out has the
shape that was asked for, and in each row values of other samples, channels or steps. The model trains on the mixture,
and no error tells.

## Example

```python
steps, batch, width = states.shape
states = states.view(batch, steps, width)
```

## Use instead

```python
states = states.transpose(0, 1)
```

and for the classes of each pixel, `scores.permute(0, 2, 3, 1).reshape(-1, classes)`.

## What stays silent

A tensor that was permuted before, a dimension of size 1, and sizes that are not taken of the tensor itself: numbers,
and names of other places, do not say which dimension they mean. Of a dimension that is put last, only where the number
of all dimensions is written (`n, c, h, w = x.shape`). Of the state of an RNN, whose layers come first, only where it is
known to have several.

A run shows numbers: they are told of where the tensor has one dimension of that size alone, and the text read it from
a tensor; where all three sizes or more come out in another order; where no row of that length could mean anything
else; and of the state of an RNN, whose layers come first. Values that are the same in either order are silent.

## Fix safety

Unsafe: the dimensions are put in the order in which the sizes name them, by `transpose` or `permute`, and only then
reshaped. There is no fix where that order is not clear, and for `torch.reshape`.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.permute.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.loss import MovedByView
from torchlint.finding import Severity
from torchlint.fix import CallNamesake, Enclose, Fix, Part, ReplaceMethod
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL513", name="view-for-permute", severity=Severity.ERROR, fix="unsafe")
TO_RESHAPE = (("view", "torch.reshape"), ("reshape", "torch.reshape"))
"""What is put in another order is no longer one piece of memory, which a view needs."""


def check(fact: MovedByView) -> Iterator[Violation]:
    """Object to a dimension that is named in another place than it has."""
    before, now = fact.moved
    yield Violation(
        fact.site,
        f"This puts dimension {before} of the tensor in place {now}, but moves no values: each row is a mixture of "
        "others, and the model trains on it.",
        "Use `permute` or `transpose` to move a dimension, and `reshape` after it.",
        fix=_fix(fact),
    )


def _fix(fact: MovedByView) -> Fix | None:
    apart = [number for number, each in enumerate(fact.order) if number != each]
    if not apart:
        return None
    are_two = len(apart) == 2
    moved = f".transpose({apart[0]}, {apart[1]})" if are_two else f".permute({', '.join(map(str, fact.order))})"
    if fact.reshapes is No:
        return Fix("Move the dimension", (ReplaceMethod(fact.site, (moved,)),))
    move = Enclose(fact.site, after=(moved,), part=Part.RECEIVER)
    return Fix("Move the dimension before the tensor is reshaped", (move, CallNamesake(fact.site, TO_RESHAPE)))
