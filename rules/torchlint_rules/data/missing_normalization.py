"""TL403 missing-normalization

## What it finds

A pipeline that turns images into tensors for a model and never normalises them.

## Why it is bad

`ToTensor` gives values between 0 and 1, all positive. The first layer then gets inputs with a mean far from
0, its gradients all pull the same way, and training is slower and less stable. A pretrained model is given
inputs unlike those that it was trained on, and predicts worse.

## Example

```python
transform = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
```

## Use instead

```python
transform = transforms.Compose([
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
    transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
])
```

## What stays silent

Transforms of targets and masks. Data normalised in the model, the loop or the collate function, or by an
outer pipeline. Pipelines with a step that is not known (`Lambda`, the project's own). Inputs that are also
the target (autoencoders, GANs, super-resolution, style transfer), and `FakeData`.

## Fix safety

Unsafe: the mean and standard deviation must be those of the training data.

## Source

LeCun and others, Efficient BackProp, section 4.3: http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf

https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Pipeline
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL403", name="missing-normalization", severity=Severity.WARNING, eyes="SL", fix="unsafe")


def check(fact: Pipeline) -> Iterator[Violation]:
    """Object to images that reach a model as they were read."""
    roles = {step.role for step in fact.steps}
    if "to_tensor" not in roles or roles & {"normalize", "arbitrary", "unknown"}:
        return
    if fact.used is not Yes or fact.images is No or fact.fake is not No:
        return
    if not (fact.of_target is fact.normalised_elsewhere is fact.input_is_target is No):
        return
    yield Violation(
        fact.site,
        "This pipeline turns images into tensors and nothing normalises them: the inputs are all "
        "positive and far from mean 0, and the model learns more slowly.",
        "Add `transforms.Normalize(mean, std)` after `ToTensor`, with the constants of the training data.",
    )
