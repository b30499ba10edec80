"""TL309 evaluation-not-repeatable

## What it finds

A model that gives two outputs for one input in eval mode, and the call in it that still draws random numbers.

## Why it is bad

`eval()` is to switch off what is random. What goes on drawing makes every score a matter of luck, and usually a worse
one: predictions are made with neurons dropped, or with noise on top.

## Example

```python
x = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout)
x = x + 0.1 * torch.randn_like(x)
```

## Use instead

```python
x = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
if self.training:
    x = x + 0.1 * torch.randn_like(x)
```

## What stays silent

Models that sample on purpose: noise that is scaled by what the model has computed (a VAE), `torch.distributions`,
random choices (`randint`, `bernoulli`, `multinomial`), noise that a model starts from (a generator), and functions or
classes that say so (`reparameterize`, `sample`, `MCDropout`, `Diffusion`). `F.dropout(x)` without `training=` is TL109,
a dropout layer that `eval()` does not reach TL101.

## Fix safety

There is no fix: whether the numbers are wanted in evaluation, the author knows.

## Source

https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html: dropout is applied
whatever the mode
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.health import RandomCall
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL309", name="evaluation-not-repeatable", severity=Severity.WARNING, eyes="L")


def check(fact: RandomCall) -> Iterator[Violation]:
    """Object to random numbers in eval mode that nobody asked for by name."""
    if fact.meant is not No:
        return
    what = "adds noise" if fact.noise is Yes else "drops values"
    yield Violation(
        fact.site,
        f"In eval mode `{fact.model}` gives another output each time for one input: `{fact.call}` {what} there too.",
        "Do so under `if self.training`, or give the dropout argument as 0 when `self.training` is False.",
    )
