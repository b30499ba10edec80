"""TL306 backward-without-grad

## What it finds

A backward on a loss that was computed under `torch.no_grad()` or `torch.inference_mode()`.

## Why it is bad

No graph was recorded, so there is nothing to run backward through: the call fails, or, where it was made to
pass, no gradient reaches the model.

## Example

```python
with torch.no_grad():
    loss = criterion(model(images), labels)
loss.backward()
```

## Use instead

```python
loss = criterion(model(images), labels)
loss.backward()
```

## What stays silent

A loss with a term that was computed with gradients on (a frozen teacher's output as the target); a backward
inside `no_grad` on a loss computed outside of it, which works; a function entered through `torch.enable_grad()`.

## Fix safety

There is no fix: it is for the author to say which part should record its graph.

## Source

https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.event import Backward
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL306", name="backward-without-grad", severity=Severity.ERROR, eyes="S")


def check(backward: Backward) -> Iterator[Violation]:
    """Object to a backward on what was computed without a graph."""
    if backward.graph is No and backward.gradients is No:
        yield Violation(
            backward.site,
            "The loss was computed while no gradients were recorded, so there is nothing to run backward through.",
            "Compute what is trained outside of `no_grad` and `inference_mode`.",
            () if backward.cut is None else (Related(backward.cut, "this was computed without a graph"),),
        )
