"""TL301 missing-eval-mode

## What it finds

An evaluation loop that runs the model in training mode: nothing on the way there has called `model.eval()`
since the last `model.train()`. A function that draws one batch of validation data (`next(iter(val_loader))`) and only
measures or saves counts as one, and so does a loop without a loader in which a function measures a loss under
`no_grad`, on batches that it draws by itself. It also finds a model that nothing changes (a teacher, a frozen encoder)
and that runs in training mode, without gradients, in the training step of another.

## Why it is bad

Dropout goes on dropping units and batch norm uses, and updates, the statistics of the evaluation batches: the
scores are noisy, too low, and depend on the batch size, and the evaluation data leaks into the model.

## Example

```python
with torch.no_grad():
    for images, labels in val_loader:
        correct += (model(images).argmax(1) == labels).sum().item()
```

## Use instead

```python
model.eval()
with torch.no_grad():
    for images, labels in val_loader:
        correct += (model(images).argmax(1) == labels).sum().item()
model.train()
```

## What stays silent

A model that is known to have no layer which depends on the mode; a generator's output that is made for a
training step; noise that is sampled without evaluation data; a model of layers that are not known, on what comes
from no loader; a method in which a model evaluates itself, for its caller sets the mode; a wrapper around what was put
in eval mode itself, if nothing else in it depends on the mode. In a training step: a model that an optimizer holds, one
whose weights are loaded or written as training goes on (a target network, a moving average), and one whose frozen batch
norm TL307 tells of.

A function that one known caller reaches in eval mode is silent for all of them. Not so where the function itself calls
`eval()` under a condition that is about something else (`if checkpoint:`): other callers do not meet it. A condition
that chooses the mode by its name (`if not mc_dropout: model.eval()`) is meant.

## Fix safety

Safe: it puts `model.eval()` in front of the loop, and `model.train()` behind it where training goes on.

## Source

https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
"""

from collections import defaultdict
from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Forward
from torchlint.facts.run import Evaluation, FixedModel
from torchlint.facts.site import Site
from torchlint.finding import Related, Severity
from torchlint.fix import Excerpt, Fix, Insert, Part, Place
from torchlint.rule import Abstention, Rule, Violation

RULE = Rule(code="TL301", name="missing-eval-mode", severity=Severity.ERROR, fix="safe")


def check(evaluation: Evaluation) -> Iterator[Violation | Abstention]:
    """Object to the first call of each model that is evaluated in training mode.

    A way that is right by chance says nothing of others: another caller may not meet the condition.
    """
    calls: dict[Site, list[Forward]] = defaultdict(list)
    for forward in evaluation.forwards:
        calls[forward.site].append(forward)
    reported: set[int] = set()
    for site, forwards in calls.items():
        model = forwards[0].model
        if all(_in_training_mode(forward) for forward in forwards) and model.number not in reported:
            reported.add(model.number)
            switch = forwards[0].switch
            yield Violation(
                site,
                "The model is evaluated in training mode, so dropout and batch norm distort its scores.",
                "Call `model.eval()` before the loop, and `model.train()` before training goes on.",
                () if switch is None else (Related(switch, "the model has been in training mode since here"),),
                fix=_fix(evaluation, site),
            )
        elif any(forward.switched_by_chance for forward in forwards):
            yield Abstention(site)


def _fix(evaluation: Evaluation, call: Site) -> Fix | None:
    """Switch to eval mode; where training would go on in it, switch back behind the loop."""
    if evaluation.also_trains is not No:
        return None
    model = Excerpt(call, Part.FUNCTION)
    to_eval = Insert(Place.BEFORE, evaluation.site, (model, ".eval()"))
    back = Insert(Place.AFTER, evaluation.site, (model, ".train()"))
    both = Fix("Evaluate in eval mode, and train on in training mode", (to_eval, back))
    return Fix("Evaluate in eval mode", (to_eval,), otherwise=both)


def check_fixed(fact: FixedModel) -> Iterator[Violation]:
    """Object to a model that helps another to learn, and is itself in training mode."""
    if fact.forward.training is Yes and fact.forward.model.mode_dependent is Yes:
        yield Violation(
            fact.site,
            "This model learns nothing, but it runs in training mode, so dropout and batch norm distort what the other "
            "model learns from.",
            "Call `eval()` on it before training begins, and after each `train()` of a module that holds it.",
        )


def _in_training_mode(forward: Forward) -> bool:
    """Whether a call is in the wrong mode; what is given no batch of a loader must be known to depend on the mode."""
    if forward.training is not Yes or forward.model.mode_dependent is No:
        return False
    return forward.model.mode_dependent is Yes or forward.on_data is Yes
