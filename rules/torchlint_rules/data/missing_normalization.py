"""TL403 missing-normalization

## What it finds

A pipeline that turns images into tensors for a model and never normalises them. In a live run, batches whose
numbers are far from mean 0 and standard deviation 1, or on wildly different scales; they are reported at the pipeline
that made them, or else where the model is run.

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
outer pipeline. Images that stay whole numbers (`PILToTensor`): what scales them is elsewhere, and may normalise them.
Pipelines with a step that is not known (`Lambda`, the project's own). Inputs that are also
the target (autoencoders, GANs, super-resolution, style transfer), and `FakeData`. Live: tokens and other integers,
columns of zeros and ones, noise in place of images, and models that begin with a normalisation.

## Fix safety

Unsafe: `Normalize` goes behind `ToTensor`, with the mean and standard deviation that were published of the dataset, and
a model that was trained without it is to be trained again. They are known of MNIST, FashionMNIST, CIFAR-10, CIFAR-100
and ImageNet. There is no fix for other data, of which the author is to compute them.

## Source

LeCun and others, Efficient BackProp, section 4.3: http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf

https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
"""

from collections.abc import Iterator
from math import hypot

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Features, Pipeline, Role
from torchlint.finding import Severity
from torchlint.fix import AddItem, Enclose, Fix, Imported, Text
from torchlint.knowledge.statistics import PUBLISHED, Statistics
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL403", name="missing-normalization", severity=Severity.WARNING, eyes="SL", fix="unsafe")

TORCHVISION = "torchvision.transforms"
GREY = "Grayscale"
"""It changes how many channels there are, of which the published numbers say nothing."""
MAY_NORMALISE = frozenset((Role.NORMALIZE, Role.ARBITRARY, Role.UNKNOWN))
LARGE = 10.0
"""Normalised features have a root mean square near 1; with ten times that, first steps are ten times too long."""
APART = 1e3
"""A learning rate that suits one column is a thousand times off for another."""
TABLE = 256
"""A table has no more columns; flattened images have, and their rims hardly vary by nature."""
OFF_CENTRE = 0.3


def check_pipeline(fact: Pipeline) -> Iterator[Violation]:
    """Object to pipelines that give images to a model as they were read."""
    roles = {step.role for step in fact.steps}
    if Role.TO_TENSOR not in roles or not roles.isdisjoint(MAY_NORMALISE):
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
        fix=_fix(fact),
    )


def _fix(fact: Pipeline) -> Fix | None:
    known = {PUBLISHED.get(dataset) for dataset in fact.datasets}
    statistics = known.pop() if len(known) == 1 else None
    to_tensor = [step for step in fact.steps if step.role is Role.TO_TENSOR][-1]
    if statistics is None or to_tensor.certain is not Yes or not to_tensor.module.startswith(TORCHVISION):
        return None
    if any(step.name == GREY for step in fact.steps):
        return None
    title = f"Normalize with the mean and standard deviation of {', '.join(fact.datasets)}"
    package = TORCHVISION + (".v2" if to_tensor.module.startswith(TORCHVISION + ".v2") else "")
    normalize = _normalize(package, statistics)
    if to_tensor.site != fact.site:
        return Fix(title, (AddItem(to_tensor.site, normalize),))
    compose = (Imported(f"{package}.Compose"), "([")
    return Fix(title, (Enclose(fact.site, compose, (", ", *normalize, "])")),))


def _normalize(package: str, statistics: Statistics) -> Text:
    return (Imported(f"{package}.Normalize"), f"({statistics.mean}, {statistics.std})")


def check_features(fact: Features) -> Iterator[Violation]:
    """Object to numbers that were seen to reach a model far from mean 0 and standard deviation 1."""
    if fact.input_is_target is not No or fact.measured == 0:
        return
    numbers = f"mean {fact.mean:.3g}, standard deviation {fact.deviation:.3g}, from {fact.low:.3g} to {fact.high:.3g}"
    least, most = fact.deviations
    if hypot(fact.mean, fact.deviation) > LARGE:
        what = f"The inputs of the model are large ({numbers})"
    elif 1 < fact.measured <= fact.features <= TABLE and least > 0 and most / least > APART:
        what = f"The features are on wildly different scales: standard deviations go from {least:.3g} to {most:.3g}"
    elif fact.images is Yes and fact.low >= 0 and 0.5 < fact.high <= 1 and fact.offset > OFF_CENTRE:
        what = f"The images that the model is given are all positive ({numbers})"
    else:
        return
    yield Violation(
        fact.site,
        f"{what}: nothing normalises them, and the model learns more slowly, if at all.",
        "Subtract the mean and divide by the standard deviation of the training data, each feature by its own.",
    )
