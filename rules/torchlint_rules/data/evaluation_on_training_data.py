"""TL409 evaluation-on-training-data

## What it finds

A validation or test loader over the training data: over `train=True`, or over the dataset that is trained on.

## Why it is bad

The model has seen these samples and knows them by heart. The score says how well it remembers, not how well it
will do on anything new: overfitting cannot be seen, and the best checkpoint is the one that overfits most.

## Example

```python
test_set = datasets.MNIST("data", train=True, transform=transform)
test_loader = DataLoader(test_set, batch_size=256)
```

## Use instead

```python
test_set = datasets.MNIST("data", train=False, transform=transform)
test_loader = DataLoader(test_set, batch_size=256)
```

## What stays silent

Parts of the training data (`random_split`, `Subset`, a sampler of held-out indices), loaders whose name says that
training data is measured (`train_eval_loader`), and loaders that train as well.

## Fix safety

Unsafe: `train=True` becomes `train=False`, and of torchvision's datasets `split="train"` becomes the part that is held
out; reported scores change. There is no fix for a loader over the very dataset that is trained on.

## Source

Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, section 7.2:
https://hastie.su.domains/ElemStatLearn/
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.data import Loader, PartArgument
from torchlint.facts.site import Site
from torchlint.finding import Severity
from torchlint.fix import Fix, SetArgument
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL409", name="evaluation-on-training-data", severity=Severity.ERROR, eyes="SL", fix="unsafe")


def check(fact: Loader) -> Iterator[Violation]:
    """Object to a loader that is named for held-out data and gives what was trained on."""
    if fact.held_out is not Yes or fact.trains is not No or fact.sampler is not No:
        return
    dataset = fact.dataset
    if dataset.trains is Yes:
        yield Violation(
            fact.site,
            "This loader gives the dataset that the model is trained on: the score says how well it remembers, and "
            "overfitting cannot be seen.",
            "Give it the validation or test data, or a part that `random_split` keeps out of training.",
        )
    elif dataset.training_part is Yes and dataset.site is not None:
        yield Violation(
            dataset.site,
            f"The model is evaluated on this `{dataset.name}`, which is the training part of the data: the score "
            "says how well it remembers, and overfitting cannot be seen.",
            "Build it as the test or validation part.",
            fix=None if dataset.part is None else _fix(dataset.site, dataset.part),
        )


def _fix(dataset: Site, part: PartArgument) -> Fix | None:
    match part.held_out:
        case None:
            return None
        case bool():
            value = "False"
        case name:
            value = f'"{name}"'
    return Fix("Take the part that is held out", (SetArgument(dataset, part.name, (value,), part.position),))
