"""TL223 weights-not-loaded

## What it finds

Weights loaded with `strict=False` of which hardly any has a name that the model knows.

## Why it is bad

What does not fit is left out without a word, so the model keeps its random weights: training starts from nothing, or
predictions are noise. The usual cause is a prefix that a wrapper put before every name.

## Example

```python
weights = torch.load("checkpoint.pt")  # saved from DataParallel: "module.conv.weight", ...
model.load_state_dict(weights, strict=False)
```

## Use instead

```python
weights = {name.removeprefix("module."): value for name, value in torch.load("checkpoint.pt").items()}
model.load_state_dict(weights)
```

## What stays silent

A head that is replaced on purpose, where the other weights fit; weights for a part of the model alone (an encoder,
adapters), all of which fit; a part that takes its weights out of a larger checkpoint; an attempt after which the same
model is given weights that fit.

## Fix safety

There is no fix: which names are right, the checkpoint decides.

## Source

https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict
"""

from collections.abc import Iterator

from torchlint.facts.weights import LoadedWeights
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL223", name="weights-not-loaded", severity=Severity.ERROR, eyes="L")


def check(loaded: LoadedWeights) -> Iterator[Violation]:
    """Object where most of the model and most of what it was given do not fit."""
    if loaded.own == 0 or loaded.fitting * 2 >= min(loaded.own, loaded.given):
        return
    fitting = f"{loaded.fitting} of the {loaded.given}" if loaded.fitting else f"None of the {loaded.given}"
    yield Violation(
        loaded.site,
        f"{fitting} weights given have names that `{loaded.model}` knows, and `strict=False` leaves the others out: "
        f"{loaded.own - loaded.fitting} of its {loaded.own} stay as they were.",
        _advice(loaded),
    )


def _advice(loaded: LoadedWeights) -> str:
    if loaded.renamed > loaded.fitting and loaded.prefix:
        return f"Take `{loaded.prefix}` off the names: {loaded.renamed} fit then. Load with `strict=True` to be told."
    if loaded.renamed > loaded.fitting:
        return f"Put `{loaded.missing_prefix}` before the names: {loaded.renamed} fit then."
    return "Look at the names of both, and load with `strict=True`, or check the keys that `load_state_dict` returns."
