"""TL707 parameter-not-updated

## What it finds

A trainable parameter that the loss depends on and that gets no gradient, or that no step ever changes. The part of a
model that a reentrant checkpoint runs on an input which needs no gradient is one: nothing is recorded in it.

## Why it is bad

It keeps its random first value for the whole run while the rest of the model trains around it. The loss falls
nevertheless, only less far than it could, so nobody notices.

## Example

```python
features = self.encoder(x).detach()
return self.head(features)
```

## Use instead

```python
features = self.encoder(x)
return self.head(features)
```

A layer that is meant to stay as it is says so: `encoder.requires_grad_(False)`.

## What stays silent

Frozen parameters; layers run under `no_grad`; layers that the loss does not depend on (a head for another task, a
pooler); layers named for a stopped gradient (teacher, ema, momentum, target); parameters that no optimizer holds,
of which TL211 speaks; steps at a learning rate of 0 or early in a warm-up. Where TL112 finds the cut in `forward`, this
is a note of it.

## Fix safety

There is no fix: what stands in the way of the gradient decides.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.health import ParameterUse
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL707", name="parameter-not-updated", severity=Severity.ERROR, eyes="L")

FEWEST_STEPS = 5
"""So many measured steps in a row without a change are no accident of rounding."""


def check(fact: ParameterUse) -> Iterator[Violation]:
    """Object to parameters that are meant to train and do not."""
    if fact.deliberate is not No:
        return
    shown = ", ".join(f"`{name}`" for name in fact.names[:3])
    names = f"{shown} and {len(fact.names) - 3} more" if len(fact.names) > 3 else shown
    if fact.checkpoint is not None:
        yield Violation(
            fact.site,
            f"No gradient arrives at {names}: they run in a reentrant checkpoint whose input needs no gradient, and it "
            "records none for what is inside.",
            "Call `checkpoint(..., use_reentrant=False)`.",
            (Related(fact.checkpoint, "the checkpoint"),),
        )
    elif fact.gradient is No and fact.influence is Yes:
        yield Violation(
            fact.site,
            f"The loss depends on {names}, but no gradient arrives there: the graph is cut on the way, and they keep "
            "their first values.",
            "Look for `.detach()`, `.data`, `.item()`, `.numpy()`, `torch.tensor(...)`, `argmax` or rounding after "
            f"`{fact.module or 'this model'}`; if it is meant to be frozen, say so with `requires_grad_(False)`.",
            cause=fact.cut,
        )
    elif fact.changed is No and fact.gradient is Yes and fact.steps >= FEWEST_STEPS:
        rate = "" if fact.learning_rate is None else f" at a learning rate of {fact.learning_rate:g}"
        yield Violation(
            fact.site,
            f"{names} had gradients in {fact.steps} measured steps and no step changed them{rate}: updates are lost.",
            "Look whether the updates are below the precision of the parameter (bfloat16 keeps three digits: train "
            "in float32 under autocast), and whether something writes the old values back.",
        )
