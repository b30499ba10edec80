"""TL102 unregistered-parameter

## What it finds

A trainable tensor kept on a module that is no registered `nn.Parameter`.

## Why it is bad

`.parameters()` yields registered parameters only. A tensor that merely asks for gradients gets them at
every backward and is never changed by the optimizer, stays behind when the model is moved, and is not in
the checkpoint. The result of `Parameter(...).to(device)` is such a tensor: moving makes a new one.

## Example

```python
self.scale = torch.ones(64, requires_grad=True)
self.shift = nn.Parameter(torch.zeros(64)).to(device)
self.heads = [nn.Parameter(torch.randn(64)) for _ in range(4)]
```

## Use instead

```python
self.scale = nn.Parameter(torch.ones(64))
self.shift = nn.Parameter(torch.zeros(64, device=device))
self.heads = nn.ParameterList(nn.Parameter(torch.randn(64)) for _ in range(4))
```

## What stays silent

Tensors that do not ask for gradients, and tensors that are registered as well (`register_parameter`,
`nn.ParameterList(self.heads)`).

## Fix safety

Safe: the values and the use of the tensor stay; it begins to be trained, moved and saved, as its author
asked.

## Source

https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import LooseTensor, TensorForm
from torchlint.finding import Severity
from torchlint.fix import CallWithin, DropArgument, Enclose, Fix, Imported, Part
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL102", name="unregistered-parameter", severity=Severity.ERROR, eyes="SL", fix="safe")

WRAPPERS = {
    TensorForm.TENSOR: "Parameter",
    TensorForm.MOVED_PARAMETER: "Parameter",
    TensorForm.PARAMETERS: "ParameterList",
    TensorForm.NAMED_PARAMETERS: "ParameterDict",
}


def check(fact: LooseTensor) -> Iterator[Violation]:
    """Object to a tensor that asks for gradients and is registered nowhere."""
    if fact.trainable is not Yes or fact.registered is not No:
        return
    match fact.form:
        case TensorForm.MOVED_PARAMETER:
            what = "is the copy that moving a Parameter makes, which is no Parameter"
            instead = "Make the tensor on the device, then wrap it: `nn.Parameter(torch.zeros(n, device=device))`."
        case TensorForm.PARAMETERS | TensorForm.NAMED_PARAMETERS:
            what = "holds Parameters in a plain container"
            instead = "Keep them in `nn.ParameterList` or `nn.ParameterDict`."
        case TensorForm.TENSOR:
            what = "is a plain tensor that asks for gradients"
            instead = "Wrap the tensor in `nn.Parameter`."
    yield Violation(
        fact.site,
        f"`self.{fact.attribute}` {what}, so {fact.owner} does not register it: `parameters()`, "
        "`to()` and `state_dict()` do not see it.",
        instead,
        fix=_fix(fact),
    )


def _fix(fact: LooseTensor) -> Fix:
    wrap = Enclose(fact.site, (Imported(f"torch.nn.{WRAPPERS[fact.form]}"), "("), (")",), Part.VALUE)
    match fact.form:
        case TensorForm.MOVED_PARAMETER:
            return Fix("Move the tensor and not the Parameter", (CallWithin(fact.site),))
        case TensorForm.TENSOR:
            unasked = DropArgument(fact.site, "requires_grad")
            return Fix("Make it a Parameter", (wrap, unasked), otherwise=Fix("Make it a Parameter", (wrap,)))
    return Fix("Register the Parameters", (wrap,))
