"""TL307 frozen-batchnorm-drifts

## What it finds

A part of a model whose parameters are all frozen, with batch norm in it that stays in training mode.

## Why it is bad

`requires_grad = False` stops gradients, and nothing else. In training mode batch norm normalises by the batch and
moves its running mean and variance towards the new data: the part that was to stay as it is changes, and in
evaluation it gives other features than those it was trained to give.

## Example

```python
for p in model.backbone.parameters():
    p.requires_grad = False
for epoch in range(10):
    model.train()
    train_one_epoch(model, loader, optimizer)
```

## Use instead

```python
for epoch in range(10):
    model.train()
    model.backbone.eval()
    train_one_epoch(model, loader, optimizer)
```

## What stays silent

A part that is freed again, or some of whose parameters train (an affine weight of the batch norm too); one whose
weights are written by hand, as those of a momentum encoder; `track_running_stats=False`; a program that switches
layers one by one, or mentions `FrozenBatchNorm2d`. What a library's model holds is not known to the source eye, but
for torchvision's classifiers; nor is it of a `Sequential` that is made of a model's children. A run reports the
statement that freezes, where there is only one.

## Fix safety

Safe: the part gives what it gave when it was trained, which is what freezing it asks for.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.layer import FrozenNorm
from torchlint.finding import Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL307", name="frozen-batchnorm-drifts", severity=Severity.ADVICE, eyes="SL", fix="safe")


def check(fact: FrozenNorm) -> Iterator[Violation]:
    """Object to statistics that change in a frozen part."""
    if fact.training is not Yes:
        return
    yield Violation(
        fact.site,
        f"The batch norm in the frozen {fact.part} stays in training mode: its running statistics follow the new data, "
        "so the frozen part changes.",
        "Put the frozen part in eval mode after each `train()`.",
        fix=_fix(fact),
    )


def _fix(fact: FrozenNorm) -> Fix | None:
    if fact.switch is None:
        return None
    to_eval = Insert(Place.AFTER, fact.switch, (Excerpt(fact.site, Part.OWNER), ".eval()"))
    return Fix("Keep the frozen part in eval mode", (to_eval,))
