"""TL211 stale-optimizer-parameters

## What it finds

Parameters that no optimizer holds while others of the program learn. The source eye finds a layer that is put into
the model after the optimizer was built for it; a group of parameters that was built and given to no optimizer; and a
module with weights of its own, such as a centre loss, that is trained through and not with. In a live run, all
trainable parameters of the watched model are looked at.

## Why it is bad

The optimizer goes on with the parameters that it was given: the new layer keeps its random weights, however long
the model is trained.

## Example

```python
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.head = nn.Linear(512, classes)
train(model, train_loader, optimizer)
```

## Use instead

```python
model.head = nn.Linear(512, classes)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train(model, train_loader, optimizer)
```

## What stays silent

Frozen parameters; a layer that is given to the optimizer by `add_param_group`, or to another optimizer; wrappers
and conversions that keep the parameters (`DistributedDataParallel`, `torch.compile`, `.to(device)`); an optimizer
that does not step any more. A module that is frozen, in eval mode, loaded, or handed to a call that was not read;
programs in which some optimizer's parameters are not known.

## Fix safety

There is no fix: which parameters are to be trained, and with which learning rate, is for the author to say.

## Source

https://pytorch.org/docs/stable/optim.html#constructing-it
"""

from collections.abc import Iterator

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import Omission, UnheldParameters
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL211", name="stale-optimizer-parameters", severity=Severity.ERROR)


def check(parameters: UnheldParameters) -> Iterator[Violation]:
    """Object to trainable parameters that are left out of the training of their model."""
    if parameters.trainable is not Yes or parameters.held is not No:
        return
    built = parameters.optimizer
    match parameters.omission:
        case Omission.LATE:
            instead = "Build the optimizer after the model is complete, or give it the layer with `add_param_group`."
        case Omission.GROUP:
            instead = "Put this group into the list that the optimizer is built from."
        case Omission.MODULE:
            instead = "Give them to the optimizer as well, beside `model.parameters()`, or freeze them."
    yield Violation(
        parameters.site,
        f"No optimizer holds the parameters of `{parameters.name}`, so they never change.",
        instead,
        () if built is None else (Related(built, "the optimizer was built here, before"),),
    )
