"""TL221 best-weights-by-reference

## What it finds

`best = model.state_dict()` that is kept while the model goes on training, and is loaded or saved afterwards.

## Why it is bad

`state_dict()` gives the weights themselves and no copies: every step changes what was kept. What is put back or
written in the end are the last weights, not the best ones, and early stopping restores nothing.

## Example

```python
if accuracy > best_accuracy:
    best_weights = model.state_dict()
...
model.load_state_dict(best_weights)
```

## Use instead

```python
if accuracy > best_accuracy:
    best_weights = copy.deepcopy(model.state_dict())
...
model.load_state_dict(best_weights)
```

## What stays silent

`copy.deepcopy(...)`, `{key: value.clone() for ...}` and whatever else makes new tensors; weights that are written to
a file, or loaded into another model, before the next step; weights that are asked for once, under a name that says
nothing of a moment, and go into a file or another model: they may be meant to follow the model.

## Fix safety

Safe: the copy holds what the author meant to keep.

## Source

https://pytorch.org/tutorials/beginner/saving_loading_models.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Yes
from torchlint.facts.weights import KeptWeights
from torchlint.finding import Severity
from torchlint.fix import Enclose, Fix, Imported, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL221", name="best-weights-by-reference", severity=Severity.ERROR, fix="safe")


def check(kept: KeptWeights) -> Iterator[Violation]:
    """Object to weights that were trained on by the time that they are used."""
    if kept.overwritten is Yes:
        model = kept.model or "model"
        yield Violation(
            kept.site,
            "The kept weights are the model's own, so training goes on changing them and the kept moment is lost.",
            f"Keep a copy: `copy.deepcopy({model}.state_dict())`.",
            fix=Fix("Copy the weights", (Enclose(kept.site, (Imported("copy.deepcopy"), "("), (")",), Part.VALUE),)),
        )
