"""TL224 target-is-the-model

## What it finds

`target = online` without a copy, where the one is later updated from the other: by `load_state_dict`, or by a loop
over the parameters of both.

## Why it is bad

There is one network under two names. It is updated from itself, which changes nothing, and its targets move with
every step: what the second network was to hold still never stands still.

## Example

```python
target = online
...
target.load_state_dict(online.state_dict())
```

## Use instead

```python
target = copy.deepcopy(online)
...
target.load_state_dict(online.state_dict())
```

## What stays silent

`copy.deepcopy(online)`, or a second call of the constructor; a second name that nothing is updated under; a model that
is a copy on some ways. Where several second names could be meant, the one that says target, teacher, average or the
like is told of, and none if that leaves several. A run shows an update by `load_state_dict` alone.

## Fix safety

Safe: the copy is what the update takes it for.

## Source

https://pytorch.org/tutorials/intermediate/reinforcement_q_learning.html
"""

from collections.abc import Iterator

from torchlint.facts.weights import SecondName
from torchlint.finding import Severity
from torchlint.fix import Enclose, Fix, Imported, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL224", name="target-is-the-model", severity=Severity.ERROR, fix="safe")


def check(second: SecondName) -> Iterator[Violation]:
    """Object to a second name under which a model is updated from itself."""
    yield Violation(
        second.site,
        f"`{second.name}` is only another name of `{second.model}`, so there is one network and it is updated "
        "from itself.",
        f"Make a copy: `copy.deepcopy({second.model})`.",
        fix=Fix("Copy the model", (Enclose(second.site, (Imported("copy.deepcopy"), "("), (")",), Part.VALUE),)),
    )
