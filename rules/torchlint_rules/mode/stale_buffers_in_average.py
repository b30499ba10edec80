"""TL308 stale-buffers-in-average

## What it finds

An average of a model's weights (EMA, SWA) that is evaluated in eval mode with batch norm statistics which did not
follow. A copy that is given the parameters alone is such an average too.

## Why it is bad

`parameters()` gives no buffers. In eval mode the average normalises with the statistics of other weights: those that it
was copied with, often those of an untrained network. Its scores are worse than the weights are, and it seems that
averaging does not help.

## Example

```python
for kept, now in zip(ema.parameters(), model.parameters()):
    kept.mul_(decay).add_(now, alpha=1 - decay)
...
ema.eval()
for x, y in val_loader:
    right += (ema(x).argmax(1) == y).sum()
```

## Use instead

```python
for kept, now in zip(ema.parameters(), model.parameters()):
    kept.mul_(decay).add_(now, alpha=1 - decay)
for kept, now in zip(ema.buffers(), model.buffers()):
    kept.copy_(now)
```

Or go through the training data once with `torch.optim.swa_utils.update_bn(loader, ema)`; or build
`AveragedModel(model, use_buffers=True)`.

## What stays silent

Buffers that are copied or averaged too, `update_bn`, `AveragedModel(use_buffers=True)`, weights averaged as
`state_dict()`, which holds the buffers. Averages that were run in training mode since, that hold no batch norm, or none
with `track_running_stats`. Weights that are put into the trained model itself, which has its own buffers. A program
that speaks of `running_mean` or the like. An average that makes targets in a training loop is not evaluated.
`AveragedModel` copies the buffers of the model that trains: those are not the statistics of the averaged weights
either, so it is told of unless one of the above holds.

## Fix safety

There is no fix: copying the buffers and computing them anew are both right.

## Source

https://pytorch.org/docs/stable/optim.html#taking-care-of-batch-normalization
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.run import Evaluation
from torchlint.finding import Severity
from torchlint.rule import Abstention, Rule, Violation

RULE = Rule(code="TL308", name="stale-buffers-in-average", severity=Severity.WARNING)


def check(evaluation: Evaluation) -> Iterator[Violation | Abstention]:
    """Object to an average with the statistics of other weights; the evaluation of any other model says nothing."""
    if any(forward.lags_behind is Yes and forward.training is No for forward in evaluation.forwards):
        yield Violation(
            evaluation.site,
            "This evaluates averaged weights with batch norm statistics that did not follow them, so their scores are "
            "not what the weights can do.",
            "Copy the buffers whenever the weights are averaged (`zip(ema.buffers(), model.buffers())`), or call "
            "`torch.optim.swa_utils.update_bn(loader, ema)` before the evaluation.",
        )
    elif all(forward.lags_behind is No for forward in evaluation.forwards):
        yield Abstention(evaluation.site)
