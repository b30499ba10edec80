"""TL402 evaluation-data-shuffled

## What it finds

A loader of validation or test data with `shuffle=True`, its own or that of its `DistributedSampler`.

## Why it is bad

Shuffling costs time and changes no score that is taken over the whole data, but predictions come in an order
that matches no file or label list. With batch norm left in training mode, `drop_last`, or a score averaged
over batches, the result changes from one evaluation to the next.

## Example

```python
test_loader = DataLoader(test_set, batch_size=256, shuffle=True)
```

## Use instead

```python
test_loader = DataLoader(test_set, batch_size=256)
```

## What stays silent

A `shuffle=` that is computed, loaders that train as well, and a `DistributedSampler` left at its default.

## Fix safety

Safe: `shuffle=True` is taken out of the loader, and becomes `False` in the sampler, which shuffles by default. There is
no fix where the same call also builds a loader that trains, and none in a run.

## Source

https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Loader, Sampler
from torchlint.finding import Severity
from torchlint.fix import DropArgument, Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(
    code="TL402", name="evaluation-data-shuffled", severity=Severity.ADVICE, eyes="SL", default=False, fix="safe"
)


def check(fact: Loader) -> Iterator[Violation]:
    """Object to a loader that evaluates, does not train, and was asked to shuffle."""
    if fact.evaluates is not Yes or fact.trains is not No:
        return
    sampler = fact.drawn_by
    by_sampler = sampler is not None and sampler.shuffles is sampler.shuffle_given is Yes
    if not (fact.shuffle is fact.shuffle_given is Yes or by_sampler):
        return
    who = f"The `{sampler.name}` of this loader" if sampler is not None and by_sampler else "This loader"
    yield Violation(
        fact.site,
        f"{who} shuffles data that is only evaluated: predictions come in an order that matches nothing, and a "
        "score taken by batches changes from run to run.",
        "Leave `shuffle=True` out.",
        fix=_fix(fact, sampler if by_sampler else None) if fact.only_evaluates is Yes else None,
    )


def _fix(fact: Loader, sampler: Sampler | None) -> Fix | None:
    if sampler is None:
        return Fix("Keep the order", (DropArgument(fact.site, "shuffle", position=2),))
    if sampler.site is None:
        return None
    return Fix("Keep the order", (SetArgument(sampler.site, "shuffle", ("False",), position=3),))
