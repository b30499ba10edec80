"""TL601 deprecated-variable

## What it finds

A call of `torch.autograd.Variable`.

## Why it is bad

Since torch 0.4 a Variable is a tensor: the call does nothing for data, unless it is given `requires_grad=True`, and
takes the graph away from what has one, as `detach()` does. Its
`volatile=True`, which once kept an evaluation from recording a graph, is ignored: every such forward now
keeps its graph in memory.

## Example

```python
inputs, targets = Variable(inputs), Variable(targets, volatile=True)
```

## Use instead

```python
with torch.no_grad():
    outputs = model(inputs)
```

## What stays silent

`isinstance(x, Variable)`, annotations, and classes of that name from elsewhere.

## Fix safety

Safe: `Variable(x)` becomes `x` where `x` has no graph, as a batch has none, and `x.detach()` where it has one: the call
still takes it away. With `requires_grad=True` it becomes `x.requires_grad_()`. Unsafe where it is not known whether `x`
has a graph, which may have been cut by mistake; and with `volatile=True`, whose forward is to run under `no_grad`. The
import of the name stays.

## Source

https://docs.pytorch.org/docs/stable/autograd.html#variable-deprecated
"""

from collections.abc import Iterator

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.finding import Severity
from torchlint.fix import Fix, Part, Unwrap
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL601", name="deprecated-variable", severity=Severity.ADVICE, eyes="S", fix="safe")


def check(fact: DeprecatedVariable) -> Iterator[Violation]:
    """Object to each call, in the words that its arguments ask for."""
    if fact.volatile is Yes and fact.trains is Yes:
        message = (
            "`volatile=True` has had no effect since torch 0.4: the training step takes this tensor like any other."
        )
        instead = "Use the tensor as it is. If no gradient may flow through it, call `.detach()` on what is made of it."
    elif fact.volatile is Yes:
        message = "`volatile=True` has had no effect since torch 0.4: gradients are recorded here and kept in memory."
        instead = "Use the tensor as it is, and run the model under `with torch.no_grad():`."
    elif fact.requires_grad is No and fact.graph is Yes:
        message = "`Variable` gives the values of this tensor without their graph: no gradient flows through here."
        instead = "Use the tensor as it is, or call `.detach()` where that is meant."
    elif fact.requires_grad is No:
        message = "`Variable` has done nothing since torch 0.4: every tensor can take gradients."
        instead = "Use the tensor as it is."
    else:
        message = "`Variable` is a name of before torch 0.4: every tensor can take gradients."
        instead = "Call `.requires_grad_()` on the tensor."
    yield Violation(fact.site, message, instead, fix=_fix(fact))


def _fix(fact: DeprecatedVariable) -> Fix | None:
    detached = "" if fact.graph is No else ".detach()"
    match fact.requires_grad, fact.graph:
        case Answer.NO, Answer.UNKNOWN:
            return Fix("Use the tensor as it is", (Unwrap(fact.site, Part.FIRST_ARGUMENT),), unsafe=True)
        case Answer.NO, _:
            unwrap = Unwrap(fact.site, Part.FIRST_ARGUMENT, detached)
            return Fix("Use the tensor as it is", (unwrap,), unsafe=fact.volatile is not No)
        case Answer.YES, _:
            unwrap = Unwrap(fact.site, Part.FIRST_ARGUMENT, detached + ".requires_grad_()")
            return Fix("Ask for gradients of the tensor itself", (unwrap,))
    return None
