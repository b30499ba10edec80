"""TL903 unused-suppression

## What it finds

A comment that silences a torchlint rule where that rule reports nothing.

## Why it is bad

The comment claims a mistake that is not there, and will hide the next one that is made on this line.

## Example

```python
optimizer.zero_grad()
loss.backward()  # noqa: TL204
optimizer.step()
```

## Use instead

Remove the comment, or the code in it that reports nothing here.

```python
optimizer.zero_grad()
loss.backward()
optimizer.step()
```

## What stays silent

A bare `# noqa` and the codes of other tools: those may silence something that torchlint does not know.
Comments in a file that was not checked.

## Fix safety

There is no fix.

## Source

https://docs.astral.sh/ruff/rules/unused-noqa/
"""

from torchlint.finding import Severity
from torchlint.rule import Rule

RULE = Rule(code="TL903", name="unused-suppression", severity=Severity.ADVICE, eyes="S", default=False)
