"""TL303 missing-no-grad

## What it finds

An evaluation loop outside `torch.no_grad()`, `torch.inference_mode()` and `torch.set_grad_enabled(False)`. A function
that draws one batch of validation data (`next(iter(val_loader))`) and only measures or saves counts as one, and so
does a loop without a loader: in a function named for evaluation, over data that is named so, or in a function that
put the model in eval mode and hands no graph on. Where one loop trains and
evaluates, the call that evaluates is named.

## Why it is bad

Every forward pass keeps the activations for a backward that never comes: evaluation takes more time and about
twice the memory, and often runs out of it.

## Example

```python
model.eval()
for images, labels in val_loader:
    correct += (model(images).argmax(1) == labels).sum().item()
```

## Use instead

```python
model.eval()
with torch.no_grad():
    for images, labels in val_loader:
        correct += (model(images).argmax(1) == labels).sum().item()
```

## What stays silent

Evaluation that needs gradients: `torch.autograd.grad`, `backward`, attacks, saliency maps, a model or a loss that
takes gradients in its `forward`, or inputs that ask for them and go to a call that was not read. Models that have no
parameters, or whose own `forward` switches gradients off; functions that another framework compiles (`@jax.jit`). A
function under `@torch.no_grad()`, or one that every known caller reaches with gradients off. Unit tests
and sanity checks that run one batch.

## Fix safety

Safe: it wraps the loop in `with torch.no_grad():`, and nothing in the loop asks for gradients. Where a function runs
models in several statements, `@torch.no_grad()` on it is offered as unsafe.

## Source

https://pytorch.org/docs/stable/generated/torch.no_grad.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Forward
from torchlint.facts.run import Evaluation
from torchlint.finding import Related, Severity
from torchlint.fix import Fix, Imported, Insert, Place, PutUnder
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL303", name="missing-no-grad", severity=Severity.WARNING, fix="safe")


def check(evaluation: Evaluation) -> Iterator[Violation]:
    """Object to an evaluation whose forward calls record a graph that nothing uses."""
    recorded = next((forward for forward in evaluation.forwards if _records(forward)), None)
    if recorded is None:
        return
    related = [Related(recorded.site, "the graph is recorded here")] if recorded.site != evaluation.site else []
    if evaluation.also_trains is not Yes:
        yield Violation(
            evaluation.site,
            "The evaluation records a graph that nothing uses, so it takes more memory and time than it needs.",
            "Put it under `with torch.no_grad():`.",
            tuple(related),
            fix=_fix(evaluation),
        )
        return
    if evaluation.via:
        related.insert(0, Related(evaluation.via[-1], "this call evaluates: switch gradients off here"))
    yield Violation(
        evaluation.site,
        "This loop trains and evaluates, and where it evaluates it records a graph that nothing uses, "
        "so evaluation takes more memory and time than it needs.",
        "Make the call that evaluates with gradients off, or run the model here under "
        "`with torch.set_grad_enabled(training):`, so that training keeps its graph.",
        tuple(related),
    )


def _fix(evaluation: Evaluation) -> Fix:
    """Evaluate under `no_grad`; where one statement is not all, the whole function."""
    no_grad = (Imported("torch.no_grad"), "()")
    function = Insert(Place.ON_FUNCTION, evaluation.site, ("@", *no_grad))
    whole = Fix("Record no graph in this function", (function,), unsafe=True)
    return Fix("Record no graph", (PutUnder(evaluation.site, ("with ", *no_grad, ":")),), otherwise=whole)


def _records(forward: Forward) -> bool:
    """Whether a graph is recorded; what has no parameters, such as a spectrogram of its input, starts none."""
    return forward.gradients is Yes and forward.model.parameters is not No
