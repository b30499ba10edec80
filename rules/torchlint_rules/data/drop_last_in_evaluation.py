"""TL415 drop-last-in-evaluation

## What it finds

`drop_last=True` on a loader whose batches are scored.

## Why it is bad

The samples at the end that do not fill a batch are left out of the result. Without shuffling these are the same ones
each time, of the last classes where the data is sorted; and a count of hits over `len(dataset)` comes out too small.

## Example

```python
val_loader = DataLoader(val_set, batch_size=64, drop_last=True)
```

## Use instead

```python
val_loader = DataLoader(val_set, batch_size=64)
```

## What stays silent

Loaders that no evaluation was seen to go over, or that train too
(or are named for training). A `drop_last` that is computed, and batches of one
sample. A distributed sampler, which pads. A measure that needs whole batches and says so by its name (contrastive,
retrieval, FID, throughput). In a run, a dataset whose batches come out even.

## Fix safety

Safe: `drop_last=True` is taken out, and the last batch is smaller. What is averaged over batches should be weighted by
their sizes. There is no fix where the same call also builds a loader that trains, and none in a run.

## Source

https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Loader
from torchlint.finding import Severity
from torchlint.fix import DropArgument, Fix
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL415", name="drop-last-in-evaluation", severity=Severity.WARNING, eyes="SL", fix="safe")


def check(fact: Loader) -> Iterator[Violation]:
    """Object to a loader that evaluates on less than its data."""
    if fact.leaves_out is not Yes or fact.scored is not Yes or fact.trains is not No:
        return
    if Yes in (fact.dealt_out, fact.data_parallel, fact.of_test, fact.dataset.iterable):
        return
    if fact.sampler is not No and (fact.drawn_by is None or fact.drawn_by.distributed is not No):
        return
    drop = DropArgument(fact.site, "drop_last", position=8)
    yield Violation(
        fact.site,
        "This loader is evaluated on and has `drop_last=True`: the samples that do not fill the last batch are left "
        "out of the result.",
        "Leave `drop_last` out where a model is scored.",
        fix=Fix("Keep the last batch", (drop,)) if fact.only_evaluates is Yes else None,
    )
