"""TL603 missing-seed

## What it finds

A training loop that the script reaches without anything having seeded torch on the way.

## Why it is bad

The initial weights, the order of the batches, dropout and augmentation are drawn anew at every start. A
result cannot be repeated, a bug that appeared once cannot be looked at again, and two runs that differ in
one setting differ in chance too.

## Example

```python
model = Net()
for inputs, targets in train_loader:
    ...
```

## Use instead

```python
torch.manual_seed(args.seed)
model = Net()
for inputs, targets in train_loader:
    ...
```

## What stays silent

A seed on any way to the loop, conditional or not; `seed_everything`, `set_seed` and the like of frameworks,
and functions that are named so. Functions of a library: whoever calls them may have seeded. A local
`torch.Generator` counts as no seed: it leaves weights and dropout to chance.

## Fix safety

Unsafe: `torch.manual_seed(0)` goes in front of the statement in which the script builds its first model; the seed is
chosen for you, and from then on every run is the same. There is no fix where a condition or a loop decides about that
statement, or where it is run in other processes.

## Source

https://docs.pytorch.org/docs/stable/notes/randomness.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.run import TrainingEntry
from torchlint.facts.site import Site
from torchlint.finding import Severity
from torchlint.fix import Fix, Imported, Insert, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL603", name="missing-seed", severity=Severity.ADVICE, eyes="SL", default=False, fix="unsafe")


def check(fact: TrainingEntry) -> Iterator[Violation]:
    """Object to a training loop that is reached with torch unseeded."""
    if fact.seeded is not No:
        return
    yield Violation(
        fact.site,
        "Nothing on the way to this training loop seeds torch: weights, batches and dropout are drawn anew at "
        "every start, and no result can be repeated.",
        "Call `torch.manual_seed(...)` before the model is built.",
        fix=None if fact.first is None else _fix(fact.first),
    )


def _fix(first: Site) -> Fix:
    seed = (Imported("torch.manual_seed"), "(0)")
    return Fix("Seed torch before the model is built", (Insert(Place.BEFORE, first, seed),))
