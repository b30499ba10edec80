"""TL222 incomplete-checkpoint

## What it finds

A checkpoint of a model and its optimizer, from which the same program resumes, without the state of a scheduler or
scaler that steps beside them. It also finds a state that is saved, and never loaded.

## Why it is bad

The resumed run begins its schedule anew, with a second warm-up or decay, or its loss scale: it is another training
than the one that was interrupted.

## Example

```python
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, "last.pt")
scheduler.step()
```

## Use instead

```python
state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
torch.save({**state, "scheduler": scheduler.state_dict()}, "last.pt")
scheduler.step()
```

## What stays silent

A program that does not load the optimizer's state; a schedule that is computed from the epoch (`step(epoch)`), that is
built with `last_epoch=`, or that a loop winds forward; what is handed to a call that was not read; a file of which
nothing is known. Of several schedulers, one that is saved and loaded speaks for all.

## Fix safety

There is no fix: where the run resumes, the state must be loaded as well.

## Source

https://pytorch.org/tutorials/recipes/recipes/saving_and_loading_a_general_checkpoint.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.checkpoint import Checkpoint
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL222", name="incomplete-checkpoint", severity=Severity.WARNING, eyes="S")


def check(checkpoint: Checkpoint) -> Iterator[Violation]:
    """Object to checkpoints that leave out what steps beside the optimizer."""
    if checkpoint.resumed is not Yes:
        return
    for name in checkpoint.not_saved:
        yield Violation(
            checkpoint.site,
            f"The checkpoint leaves out the state of `{name}`, so `{name}` starts over in a run that resumes from it.",
            f"Save `{name}.state_dict()` with the rest, and load it where the run resumes.",
        )
    for name in checkpoint.not_loaded:
        yield Violation(
            checkpoint.site,
            f"The state of `{name}` is saved and never loaded, so `{name}` starts over in a run that resumes.",
            f"Call `{name}.load_state_dict(...)` where the run resumes.",
        )
