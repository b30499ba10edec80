"""TL103 missing-super-init

## What it finds

An `__init__` of a module that assigns layers or parameters before, or without, `super().__init__()`.

## Why it is bad

`nn.Module.__init__` makes the tables in which layers and parameters are registered. Until it has run, the
assignment raises an AttributeError, and the model cannot be built.

## Example

```python
class Net(nn.Module):
    def __init__(self):
        self.head = nn.Linear(64, 10)
```

## Use instead

```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)
```

## What stays silent

The `__init__` of a base class called by name (`nn.Module.__init__(self)`), and plain values (numbers,
strings) assigned before `super().__init__()`. Classes with a metaclass, which may initialise the base itself.

## Fix safety

Safe: `super().__init__()` is put first. Nothing that worked before can change, since the model could not be
built.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import Registration
from torchlint.finding import Severity
from torchlint.fix import Fix, Insert, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL103", name="missing-super-init", severity=Severity.ERROR, eyes="S", fix="safe")


def check(fact: Registration) -> Iterator[Violation]:
    """Object to the first layer that is assigned while there is nothing to register it in."""
    if fact.initialised is not No:
        return
    first = Insert(Place.IN_FUNCTION, fact.site, ("super().__init__()",))
    when = "before" if fact.ever is Yes else "without"
    yield Violation(
        fact.site,
        f"{fact.owner} assigns `self.{fact.attribute}` {when} `super().__init__()`: there is nothing yet "
        "to register it in, and building the model raises an AttributeError.",
        "Call `super().__init__()` first in `__init__`.",
        fix=Fix("Initialise the module first", (first,)) if fact.ever is No else None,
    )
