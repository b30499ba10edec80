"""TL411 statistics-before-split

## What it finds

A scaler that is fitted, or a mean that is taken, over the whole data before it is split.

It is split by a function, by a slice, or by rows that are named for a part (`data[train_rows]`).

## Why it is bad

The training data is scaled with what is known of the test data: the test set leaks into training. Scores are
better than they will be on new data, much so for small sets and for series that drift.

## Example

```python
features = StandardScaler().fit_transform(features)
x_train, x_test, y_train, y_test = train_test_split(features, labels)
```

## Use instead

```python
x_train, x_test, y_train, y_test = train_test_split(features, labels)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
```

## What stays silent

Statistics of the training part, and of data whose name says that it is.

## Fix safety

There is no fix.

## Source

https://scikit-learn.org/stable/common_pitfalls.html#data-leakage
"""

from collections.abc import Iterator

from torchlint.facts.data import WholeDataStatistics
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL411", name="statistics-before-split", severity=Severity.WARNING, eyes="S")


def check(fact: WholeDataStatistics) -> Iterator[Violation]:
    """Object to statistics in which the test data has a part."""
    yield Violation(
        fact.site,
        f"This `{fact.call}` is taken over the whole data, which is split only later: the test data leaks into "
        "training, and the score is better than it should be.",
        "Split first, and take the statistics of the training part alone.",
    )
