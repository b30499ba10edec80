"""TL115 misspelled-method

## What it finds

A module class without a `forward` or an `__init__`, beside what was meant to be it. The class is built, and run or
trained; the method stands in it under a name one slip away (`foward`, `_init_`, `__int__`), or a `forward(self, ...)`
stands beside the class or inside its `__init__`.

## Why it is bad

Python and torch look methods up by their names. An `__init__` of another name never runs, so the layers are never
made; a `forward` of another name is never called, and the model gives what the base class gives, or an error.

## Example

```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)

    def foward(self, x):
        return self.head(x)
```

## Use instead

```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(x)
```

## What stays silent

A class with a base that was not read, which may define the method; one that has a `__call__`, or is given the method
otherwise (`self.forward = ...`); a method that something calls by its own name; a class that nothing in the files
which were read builds and runs.

## Fix safety

Safe: the method gets the name under which it is looked for. One that stands in the wrong place is left there.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.layer import MethodPlace, MissingMethod
from torchlint.finding import Severity
from torchlint.fix import Fix, Rename
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL115", name="misspelled-method", severity=Severity.ERROR, eyes="S", fix="safe")


def check(fact: MissingMethod) -> Iterator[Violation]:
    """Object to what nobody calls, where its class lacks the method that it was meant to be."""
    if fact.used is not No:
        return
    match fact.place:
        case MethodPlace.CLASS:
            where, instead = f"defines `{fact.found}`", f"Rename `{fact.found}` to `{fact.method}`."
        case MethodPlace.MODULE:
            where = f"stands beside `{fact.method}`, which is a function of the file"
            instead = f"Indent `{fact.method}` into the class."
        case MethodPlace.CONSTRUCTOR:
            where = f"hides `{fact.method}` inside `__init__`, where it is a function that nothing calls"
            instead = f"Indent `{fact.method}` one level less."
    lost = "its layers are never made" if fact.method == "__init__" else "its layers are never run"
    rename = Fix(f"Rename it to `{fact.method}`", (Rename(fact.site, fact.found, fact.method),))
    fix = rename if fact.place is MethodPlace.CLASS else None
    yield Violation(fact.site, f"{fact.owner} has no `{fact.method}` and {where}: {lost}.", instead, fix=fix)
