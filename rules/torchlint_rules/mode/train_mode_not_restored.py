"""TL302 train-mode-not-restored

## What it finds

A training loop that goes on after `eval()`, called every epoch or every few batches, with nothing calling
`train()` before it does. The evaluation may stand at the top of an iteration as well as at its end.

## Why it is bad

From the first evaluation on, the model trains in eval mode: dropout no longer regularises, and batch norm
stops following the data.

## Example

```python
model.train()
for epoch in range(epochs):
    train_one_epoch(model, train_loader, optimizer)
    model.eval()
    validate(model, val_loader)
```

## Use instead

```python
for epoch in range(epochs):
    model.train()
    train_one_epoch(model, train_loader, optimizer)
    model.eval()
    validate(model, val_loader)
```

## What stays silent

Layers that are frozen on purpose (`self.bn.eval()`); fine-tuning that trains in eval mode and says so, before any
evaluation was run; a loop that restores the mode itself (`if not model.training: model.train()`); an `eval()` after
the last training loop, or at the last batch (`if i == len(loader) - 1`) where each epoch begins with `train()`.

## Fix safety

Safe: it puts `model.train()` in front of the training loop. A model without any layer that depends on the
mode trains the same in both; there the finding is advice.

## Source

https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Forward
from torchlint.facts.run import TrainingIteration
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL302", name="train-mode-not-restored", severity=Severity.ERROR, fix="safe")


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to an iteration whose model an earlier evaluation may have left in eval mode."""
    only_gradients = bool(iteration.events(Backward)) and not iteration.trains
    if only_gradients:
        return
    left = [
        forward
        for forward in iteration.events(Forward)
        if forward.gradients is not No and forward.training is not Yes and forward.switches_to_eval
    ]
    if not left:
        return
    harmless = all(forward.model.mode_dependent is No for forward in left)
    yield Violation(
        iteration.site,
        "After the first evaluation the model goes on training in eval mode, so dropout is off and batch "
        "norm stops following the data.",
        "Call `model.train()` after each evaluation, before training goes on.",
        (
            Related(left[0].switches_to_eval[0], "this leaves the model in eval mode"),
            Related(left[0].site, "and here it is run to be trained"),
        ),
        Severity.ADVICE if harmless else None,
        fix=_fix(iteration, left[0]),
    )


def _fix(iteration: TrainingIteration, forward: Forward) -> Fix:
    """Switch back in front of the training loop, or in it where the evaluation stands in it too."""
    back = (Excerpt(forward.site, Part.FUNCTION), ".train()")
    every_time = Fix("Train each batch in training mode", (Insert(Place.FIRST_IN, iteration.site, back),))
    return Fix("Train in training mode", (Insert(Place.BEFORE, iteration.site, back),), otherwise=every_time)
