"""TL711 ranks-drift-apart

## What it finds

Data-parallel ranks whose parameters differ after the same optimizer step.

## Why it is bad

Every rank trains a model of its own on its own part of the data. Only the one that is saved counts: the work of all
other ranks is lost, and batch normalisation, early stopping and metrics mix different models.

## Example

```python
dist.init_process_group("nccl")
model = Net().to(rank)
loader = DataLoader(dataset, sampler=DistributedSampler(dataset))
```

## Use instead

Let `DistributedDataParallel` start all ranks from the weights of the first and average their gradients, and run the
wrapped model.

```python
dist.init_process_group("nccl")
model = DistributedDataParallel(Net().to(rank), device_ids=[rank])
loader = DataLoader(dataset, sampler=DistributedSampler(dataset))
```

## What stays silent

Ranks that hold different parts of one model (FSDP, tensor and pipeline parallel). Ranks that are neither given parts of
one data set by a `DistributedSampler` nor hold a model in `DistributedDataParallel`. Parameters that come together
again, as when they are averaged every few steps.

## Fix safety

There is no fix: what should be the same on all ranks is for the author to say.

## Source

https://pytorch.org/docs/stable/notes/ddp.html, and Li et al., "PyTorch Distributed: Experiences on Accelerating Data
Parallel Training", https://arxiv.org/abs/2006.15704
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.ranks import Replicas
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL711", name="ranks-drift-apart", severity=Severity.ERROR, eyes="L")


def check(replicas: Replicas) -> Iterator[Violation]:
    """Object to replicas that are no longer the same."""
    if replicas.replicated is not Yes or replicas.agree is not No:
        return
    different = f"After this step `{replicas.parameter}` differs between the ranks"
    if replicas.equal_at_first is No:
        reason = "they started from different weights, so each rank trains a model of its own."
        instead = "Wrap the model in `DistributedDataParallel` once its weights are final: it hands on those of rank 0."
    elif replicas.wrapped is No:
        reason = "their gradients are not averaged, so each rank trains a model of its own."
        instead = "Wrap the model in `DistributedDataParallel` and run the wrapped model."
    else:
        reason = "something changes the gradients or the weights on one rank and not on the others."
        instead = (
            "Run the wrapped model and not its `.module`, step only after a backward outside `no_sync()`, and do to "
            "gradients and weights the same on every rank."
        )
    yield Violation(replicas.site, f"{different}: {reason}", instead)
