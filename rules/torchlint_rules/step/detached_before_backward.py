"""TL214 detached-before-backward

## What it finds

A backward on a loss whose graph was cut on the way, by `.item()`, `.detach()`, `.data` or `torch.tensor(loss)`.
Often it was made to pass with `loss.requires_grad = True`.

## Why it is bad

No gradient reaches the model. Without `requires_grad` the backward fails; with it, it runs, every step changes
nothing, and the loss never falls.

## Example

```python
loss = torch.tensor(criterion(model(images), labels).item(), requires_grad=True)
loss.backward()
optimizer.step()
```

## Use instead

```python
loss = criterion(model(images), labels)
loss.backward()
optimizer.step()
```

## What stays silent

A loss with a term that still has its graph; gradients with respect to an input that was detached first and asks
for gradients itself.

## Fix safety

There is no fix: what was meant to be computed without leaving the graph is for the author to say.

## Source

https://pytorch.org/docs/stable/generated/torch.Tensor.detach.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.event import Backward
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL214", name="detached-before-backward", severity=Severity.ERROR)


def check(backward: Backward) -> Iterator[Violation]:
    """Object to a backward whose graph ended before it could reach a parameter."""
    if backward.graph is No and backward.gradients is not No and backward.cut is not None:
        yield Violation(
            backward.site,
            "The loss was cut from its graph before this backward, so no gradient reaches the model.",
            "Compute the loss with tensor operations alone, and run backward on it as it is.",
            (Related(backward.cut, "the graph ends here"),),
        )
