"""TL712 output-sees-its-target

## What it finds

A model that is trained to say what comes next in its own input, and whose output changes, in eval mode, when what comes
next does.

## Why it is bad

The answer is in the input, so the model learns to copy it: the loss is too good to be true, and when text is generated
there is no next token to look at.

## Example

```python
hidden = self.blocks(self.embedding(tokens))  # no mask: every position attends to every other
loss = criterion(self.out(hidden).flatten(0, 1), next_tokens.flatten())
```

## Use instead

```python
mask = nn.Transformer.generate_square_subsequent_mask(tokens.size(1))
hidden = self.blocks(self.embedding(tokens), mask=mask, is_causal=True)
```

## What stays silent

Targets that are not the input one position later (a masked language model, a tagger); a prefix that is read in both
directions and has no targets; positions that the loss ignores.

## Fix safety

There is no fix: where the mask belongs, the model decides.

## Source

Vaswani et al., "Attention Is All You Need", section 3.2.3: https://arxiv.org/abs/1706.03762
"""

from collections.abc import Iterator

from torchlint.facts.health import SequenceDependence
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL712", name="output-sees-its-target", severity=Severity.ERROR, eyes="L")


def check(fact: SequenceDependence) -> Iterator[Violation]:
    """Object to earlier outputs that moved with a later input."""
    if not fact.earlier:
        return
    where = f" It shows in `{fact.module}` first." if fact.module else ""
    yield Violation(
        fact.site,
        f"`{fact.model}` is trained to predict the next of {fact.length} positions, and its outputs before position "
        f"{fact.position} changed by {fact.earlier:.3g} when the input there did: it sees what is asked of it.{where}",
        "Give the attention a causal mask (`is_causal=True`, `generate_square_subsequent_mask`, `torch.tril`), and use "
        "no bidirectional layer or convolution that reaches forward.",
    )
