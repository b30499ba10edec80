"""TL708 output-ignores-input

## What it finds

A model whose output stays the same when its whole input is changed.

## Why it is bad

It can learn the mean of the targets and nothing else. The loss falls a little at first, as it does for a
constant answer, and stays there.

## Example

```python
def forward(self, x):
    h = torch.relu(self.first(x))
    return self.second(self.initial)  # not h
```

## Use instead

```python
def forward(self, x):
    h = torch.relu(self.first(x))
    return self.second(h)
```

## What stays silent

A last layer that starts at zero: parameters of the copy are moved a little first. Models that take no tensors, or
whose outputs differ from one run to the next. Where TL705 finds a layer that is fed by dead units alone, this is a
note of it.

## Fix safety

There is no fix: the layer that the finding names is where to look.

## Source

Andrej Karpathy, "A Recipe for Training Neural Networks": input-independent baseline, https://karpathy.github.io/2019/04/25/recipe/
"""

from collections.abc import Iterator

from torchlint.facts.health import InputSensitivity
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL708", name="output-ignores-input", severity=Severity.ERROR, eyes="L")

NOTHING = 1e-12
"""Of the size of the output: what is computed twice without the input comes out the same to the last bit."""


def check(fact: InputSensitivity) -> Iterator[Violation]:
    """Object to an output that did not move."""
    if fact.change > NOTHING * fact.size:
        return
    lost = f" Nothing of the input is left after `{fact.module}`." if fact.module else ""
    yield Violation(
        fact.site,
        f"`{fact.model}` gives the same output (as large as {fact.size:.3g}) for other inputs, so it can only learn a "
        f"constant.{lost}",
        "Look at what `forward` does with its argument: a variable that is never used, a product with zero, units "
        "that are all dead, or a softmax over a dimension of size 1.",
        cause=fact.dead,
    )
