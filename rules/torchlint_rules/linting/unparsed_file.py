"""TL901 unparsed-file

## What it finds

A file that does not parse as Python 3, or that is nested too deeply to be read safely.

## Why it is bad

Nothing in such a file was checked, and code that imports it is judged without it. No finding there does not
mean that nothing is wrong there.

## Example

```python
print "loss", loss
```

## Use instead

Correct the syntax, or translate the file to Python 3.

```python
print("loss", loss)
```

## What stays silent

A file without any sign of torch or of a framework built on it: it is not parsed at all.

## Fix safety

There is no fix.

## Source

https://docs.python.org/3/reference/grammar.html
"""

from torchlint.finding import Severity
from torchlint.rule import Rule

RULE = Rule(code="TL901", name="unparsed-file", severity=Severity.ERROR, eyes="S")
