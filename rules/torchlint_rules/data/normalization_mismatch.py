"""TL406 normalization-mismatch

## What it finds

A `Normalize` whose constants cannot be right: other than those of the training data, or impossible in themselves.

## Why it is bad

Normalised in another way than in training, the inputs of an evaluation are shifted and stretched, and the model
sees what it was never trained on. Constants for values between 0 and 255 (`mean=[123.7, ...]`) after `ToTensor`,
which gives values between 0 and 1, push every pixel to nearly the same number. A zero in `std` divides by zero.

## Example

```python
train_transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
test_transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
```

## Use instead

```python
normalize = transforms.Normalize((0.1307,), (0.3081,))
train_transform = transforms.Compose([transforms.ToTensor(), normalize])
test_transform = transforms.Compose([transforms.ToTensor(), normalize])
```

## What stays silent

Constants that are computed or differ by rounding. Two datasets, or several ways of training in one file: which
belongs to which is then not known. Large constants where something between `ToTensor` and `Normalize` may scale.

## Fix safety

Unsafe: the constants become those of the training pipeline; those for 0 to 255 are divided by 255. There is no fix for
a zero, or for constants of different lengths.

## Source

https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
"""

from collections.abc import Iterator

from torchlint.facts.data import Pipeline, Role, Transform
from torchlint.facts.site import Site
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL406", name="normalization-mismatch", severity=Severity.ERROR, eyes="SL", fix="unsafe")
ROUNDING = 0.006
SCALING = frozenset((Role.UNKNOWN, Role.ARBITRARY, Role.TO_TENSOR, Role.TO_BYTES))


def check(fact: Pipeline) -> Iterator[Violation]:
    """Object to each normalisation whose numbers are wrong in themselves, or other than in training."""
    for index, step in enumerate(fact.steps):
        if len(step.constants) != 2:
            continue
        wrong = _impossible(step, fact.steps[:index])
        if wrong is not None:
            yield wrong
        elif fact.trained_with is not None and _differ(step, fact.trained_with):
            yield Violation(
                step.site,
                "The evaluation data is normalised with other constants than the training data: the model is "
                "measured on inputs unlike those it was trained on.",
                "Use one `Normalize` for both, with the constants of the training data.",
                (Related(fact.trained_with.site, "the training data is normalised here"),),
                fix=_fix("Normalize as in training", step.site, fact.trained_with.constants),
            )


def _impossible(step: Transform, before: tuple[Transform, ...]) -> Violation | None:
    mean, std = step.constants
    if 0.0 in std:
        return Violation(
            step.site,
            "A standard deviation of 0 divides by zero: the first image raises an error.",
            "Give the real `std`.",
        )
    if len(mean) != len(std):
        return Violation(
            step.site,
            f"`mean` has {len(mean)} values and `std` has {len(std)}: the channels are not normalised as meant, or "
            "the first image raises an error.",
            "Give one value for each channel, in both.",
        )
    scaled = [index for index, each in enumerate(before) if each.name == "ToTensor"]
    if max(mean) > 1.0 and scaled and SCALING.isdisjoint(each.role for each in before[scaled[-1] + 1 :]):
        divided = tuple(tuple(round(each / 255, 4) for each in constants) for constants in step.constants)
        return Violation(
            step.site,
            "`ToTensor` gives values between 0 and 1, and these constants are meant for 0 to 255: every pixel "
            "becomes nearly the same number.",
            "Divide the constants by 255.",
            fix=_fix("Divide the constants by 255", step.site, divided) if max(std) > 1.0 else None,
        )
    return None


def _fix(title: str, normalize: Site, constants: tuple[tuple[float, ...], ...]) -> Fix:
    mean, std = constants
    return Fix(
        title,
        (
            SetArgument(normalize, "mean", (str(mean),), position=0),
            SetArgument(normalize, "std", (str(std),), position=1),
        ),
    )


def _differ(step: Transform, training: Transform) -> bool:
    pairs = zip(step.constants, training.constants, strict=True)
    return any(
        len(ours) != len(theirs) or any(abs(a - b) > ROUNDING for a, b in zip(ours, theirs, strict=True))
        for ours, theirs in pairs
    )
