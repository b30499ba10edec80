"""TL904 gave-up

## What it finds

A limit of time, memory or depth that was reached in a file, a rule that failed there, or text that Python reads and
LibCST, the parser of this tool, does not. The message says what was not judged.

## Why it is bad

What lies past the limit was not checked, and what the rule would have found is missing, in all files. No finding
there does not mean that nothing is wrong there.

## Example

```python
total = a0 + a1 + a2 + a3  # and ten thousand more terms in one expression
```

## Use instead

Split the expression, function or file that the message names into smaller ones, or exclude a generated file. Report a
rule that failed to those who wrote it.

```python
total = sum(terms)
```

## What stays silent

What a value is when the way to it is too long to follow: that is unknown, and rules are silent on the
unknown.

## Fix safety

There is no fix.

## Source

https://docs.python.org/3/library/sys.html#sys.setrecursionlimit
"""

from torchlint.finding import Severity
from torchlint.rule import Rule

RULE = Rule(code="TL904", name="gave-up", severity=Severity.WARNING, eyes="SL")
