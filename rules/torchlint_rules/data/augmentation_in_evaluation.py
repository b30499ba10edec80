"""TL405 augmentation-in-evaluation

## What it finds

A random transform in a pipeline that is used for validation or test data.

## Why it is bad

The model is measured on images that are cropped, flipped or recoloured at random: the score is lower than the
model deserves and differs from one evaluation to the next, so that neither models nor epochs can be compared.

## Example

```python
val_transform = transforms.Compose([
    transforms.RandomResizedCrop(224),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
])
```

## Use instead

```python
val_transform = transforms.Compose([
    transforms.Resize(256),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
])
```

## What stays silent

Test-time augmentation that says so. A transform with nothing random left in it (`RandomHorizontalFlip(p=1.0)`),
one that a branch may leave out, and blur or noise, which may be what is measured. A function that builds a pipeline
and that nobody calls, where the others beside it are used.

## Fix safety

There is no fix: what takes the place of a random crop or resize depends on the data.

## Source

https://github.com/pytorch/vision/tree/main/references/classification
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Pipeline, Role
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL405", name="augmentation-in-evaluation", severity=Severity.WARNING, eyes="S")


def check(fact: Pipeline) -> Iterator[Violation]:
    """Object to each random step of a pipeline whose images are evaluated."""
    if fact.evaluates is not Yes or fact.deliberate is not No:
        return
    shared = " The training data shares this pipeline." if fact.trains is Yes else ""
    for step in fact.steps:
        if step.role is not Role.RANDOM or step.certain is not Yes:
            continue
        yield Violation(
            step.site,
            f"`{step.name}` changes the images of the evaluation at random: the score differs from one evaluation "
            f"to the next and is lower than it should be.{shared}",
            f"Give the evaluation data a pipeline without `{step.name}`.",
            (Related(fact.site, "the pipeline of the evaluation data"),) if step.site != fact.site else (),
        )
