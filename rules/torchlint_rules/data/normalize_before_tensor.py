"""TL404 normalize-before-tensor

## What it finds

`Normalize` before `ToTensor` in one pipeline.

## Why it is bad

`Normalize` works on tensors, and in front of `ToTensor` it is given an image: the first sample raises a
TypeError. Where it is given an array instead, it works on values between 0 and 255 with constants meant for
0 to 1.

## Example

```python
transforms.Compose([transforms.Normalize((0.5,), (0.5,)), transforms.ToTensor()])
```

## Use instead

```python
transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
```

## What stays silent

Pipelines in which something before `Normalize` may already have made a tensor.

## Fix safety

Safe: `Normalize` goes behind the step that makes tensors; in the order given, the pipeline could not run. There is no
fix where the two are not written in one list.

## Source

https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
"""

from collections.abc import Iterator

from torchlint.facts.data import Pipeline, Role
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, MoveItem
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL404", name="normalize-before-tensor", severity=Severity.ERROR, eyes="S", fix="safe")

MAKE_TENSORS = (Role.TO_TENSOR, Role.TO_BYTES)


def check(fact: Pipeline) -> Iterator[Violation]:
    """Object to each `Normalize` that comes before the first step that makes a tensor."""
    roles = [step.role for step in fact.steps]
    first = next((at for at, role in enumerate(roles) if role in MAKE_TENSORS), None)
    if first is None or Role.UNKNOWN in roles[:first]:
        return
    to_tensor = fact.steps[first]
    for step in fact.steps[:first]:
        if step.role is not Role.NORMALIZE:
            continue
        yield Violation(
            step.site,
            f"`{step.name}` comes before `{to_tensor.name}`, so it is given images and no tensors: the "
            "first sample raises a TypeError.",
            f"Put `{step.name}` after `{to_tensor.name}`.",
            (Related(to_tensor.site, "tensors are made only here"),),
            fix=Fix(f"Put `{step.name}` after `{to_tensor.name}`", (MoveItem(step.site, to_tensor.site),)),
        )
