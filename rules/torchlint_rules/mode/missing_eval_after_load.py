"""TL305 missing-eval-after-load

## What it finds

A program that loads a model's weights and predicts with it in training mode: nothing trains, and nothing calls
`eval()`. A model that is read whole is in the mode in which the project's own `torch.save` put it into that file.

## Why it is bad

Dropout drops units and batch norm normalises with this one batch: the same input gives another answer each time,
and a single sample may give nonsense.

## Example

```python
model = Classifier()
model.load_state_dict(torch.load("weights.pt"))
scores = model(image)
```

## Use instead

```python
model = Classifier()
model.load_state_dict(torch.load("weights.pt"))
model.eval()
with torch.no_grad():
    scores = model(image)
```

## What stays silent

A model that is known to have no layer which depends on the mode; a whole model whose saving was not read, or that was
saved in eval mode or in a mode which is not known; a program that trains; a model that is part of
another, which passes its mode on; made-up inputs that only show shapes; an evaluation loop, which is
missing-eval-mode's.

## Fix safety

Safe: it puts `model.eval()` in front of the call, and of the loops around it.

## Source

https://pytorch.org/tutorials/beginner/saving_loading_models.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.run import Prediction
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL305", name="missing-eval-after-load", severity=Severity.WARNING, eyes="S", fix="safe")


def check(prediction: Prediction) -> Iterator[Violation]:
    """Object to a prediction by a model whose weights were loaded and that is still in training mode."""
    forward = prediction.forward
    if forward.training is not Yes:
        return
    if forward.model.mode_dependent is No or forward.on_data is No:
        return
    built = forward.model.site
    to_eval = Insert(Place.AROUND, forward.site, (Excerpt(forward.site, Part.FUNCTION), ".eval()"))
    yield Violation(
        forward.site,
        "The model predicts in training mode, so dropout and batch norm make its answers depend on chance and batch.",
        "Call `model.eval()` after loading the weights.",
        () if built is None else (Related(built, "the model has been in training mode since it was built"),),
        fix=Fix("Predict in eval mode", (to_eval,)),
    )
