"""TL905 invalid-suppression

## What it finds

A comment that was meant to silence torchlint and is not written so, or that names no rule.

## Why it is bad

It silences nothing: what it was to hide is still reported, and who reads the line believes otherwise. It does not
silence everything either, for that would hide mistakes that nobody has seen yet.

## Example

```python
loss = criterion(probabilities, targets)  # torchlint: ignore TL502
optimizer.step()  # torchlint: ignore[missing-zero-gard]
```

## Use instead

Name the rules in brackets, by code or by name, as in `# torchlint: ignore[TL204]`, or `ignore-file[TL204]` for the
whole file; a reason may follow.

```python
loss = criterion(probabilities, targets)  # torchlint: ignore[TL502]
optimizer.step()  # torchlint: ignore[missing-zero-grad] -- cleared by the closure
```

## What stays silent

Codes of other tools after `noqa`. Comments that only speak of torchlint. Comments in a file that was not checked.

## Fix safety

There is no fix.

## Source

https://docs.astral.sh/ruff/rules/invalid-suppression-comment/
"""

from torchlint.finding import Severity
from torchlint.rule import Rule

RULE = Rule(code="TL905", name="invalid-suppression", severity=Severity.WARNING, eyes="SL")
