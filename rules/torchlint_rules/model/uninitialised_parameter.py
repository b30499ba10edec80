"""TL116 uninitialised-parameter

## What it finds

A parameter made of `torch.empty(...)` or `torch.Tensor(n, m)` that nothing fills before it is used.

## Why it is bad

Both give a tensor of whatever was in memory: zeros as a rule on a fresh process, the remains of other tensors later,
now and then NaN or numbers of 1e38. Training starts from another point each time, often from one that it does not
recover from, and no seed makes the run repeatable.

## Example

```python
self.scale = nn.Parameter(torch.empty(width, width))
```

## Use instead

Fill it where it is made, as torch's own layers do in `reset_parameters`.

```python
self.scale = nn.Parameter(torch.empty(width, width))
nn.init.xavier_uniform_(self.scale)
```

## What stays silent

A parameter that an initialiser, `.data`, a method in place, a loop over `parameters()`, `apply` or a call which was
not read may fill, here or where the module is built; one whose weights are loaded on every way, and where nothing
trains it, one in a program that loads weights at all; a frozen parameter; a class with a base that was not read. Only
parameters that are attributes of a module are looked at, not those in containers.

## Fix safety

There is no fix: which distribution is right depends on what the parameter is for.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.empty.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.layer import UnfilledParameter
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL116", name="uninitialised-parameter", severity=Severity.ERROR, eyes="S")


def check(fact: UnfilledParameter) -> Iterator[Violation]:
    """Object to a parameter that keeps what was in memory."""
    if fact.filled is not No:
        return
    yield Violation(
        fact.site,
        f"`self.{fact.attribute}` of {fact.owner} starts from whatever was in memory, for nothing fills it: training "
        "begins elsewhere at each run, and perhaps with NaN.",
        f"Fill it with `nn.init.xavier_uniform_(self.{fact.attribute})`, or make it by `torch.zeros` or `torch.randn`.",
    )
