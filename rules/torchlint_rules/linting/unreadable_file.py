"""TL902 unreadable-file

## What it finds

A file or folder that cannot be read, or a file whose bytes cannot be decoded.

## Why it is bad

Nothing in it was checked, and code that imports it is judged without it.

## Example

```python
# -*- coding: utf-8 -*-
name = "caf\\xe9"  # saved as latin-1: this byte is not UTF-8
```

## Use instead

Make the file readable, save it as UTF-8, or name its encoding in the first or second line.

```python
# -*- coding: latin-1 -*-
name = "caf\\xe9"
```

## What stays silent

A path that does not exist when it is named: that is wrong usage, which is told beside the findings in the other paths
and ends with exit code 2. A file that `exclude` or `.gitignore` leaves out.

## Fix safety

There is no fix.

## Source

https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations
"""

from torchlint.finding import Severity
from torchlint.rule import Rule

RULE = Rule(code="TL902", name="unreadable-file", severity=Severity.ERROR, eyes="S")
