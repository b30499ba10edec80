"""All models, found by the dotted name of a function, or by a method and the kind of what has it."""

from __future__ import annotations

from functools import lru_cache

from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.models import (
    accelerate,
    apex,
    fitting,
    ignite,
    launchers,
    lightning,
    opacus,
    standard_library,
    torchvision,
    transformers,
)
from torchlint.source.paper.models.declaration import ANY, Call, Function, Method
from torchlint.source.paper.models.tensors import hits
from torchlint.source.paper.models.torch import (
    amp,
    autograd,
    averages,
    clipping,
    data,
    functional,
    nn,
    optim,
    reading,
    tensor,
    wrapping,
)

PACKAGES = (
    standard_library.MODELS,
    launchers.MODELS,
    clipping.MODELS,
    wrapping.MODELS,
    autograd.MODELS,
    amp.MODELS,
    torchvision.MODELS,
    averages.MODELS,
    nn.MODELS,
    optim.MODELS,
    data.MODELS,
    reading.MODELS,
    apex.MODELS,
    lightning.MODELS,
    accelerate.MODELS,
    transformers.MODELS,
    ignite.MODELS,
    fitting.MODELS,
    opacus.MODELS,
    hits.MODELS,
    tensor.MODELS,
    functional.MODELS,
)
"""Of several models for one call, the first that applies answers."""

FUNCTIONS: tuple[Function, ...] = tuple(each for models in PACKAGES for each in models.functions)
METHODS: tuple[Method, ...] = tuple(each for models in PACKAGES for each in models.methods)

Owner = Kind | type[Value]


@lru_cache(maxsize=4096)
def _functions_at(dotted: str) -> tuple[Function, ...]:
    exactly = [each for each in FUNCTIONS if not each.within and dotted in each.names]
    return (*exactly, *(each for each in FUNCTIONS if each.within and each.covers(dotted)))


def _index() -> dict[tuple[Owner, str], tuple[Method, ...]]:
    found: dict[tuple[Owner, str], tuple[Method, ...]] = {}
    for method in METHODS:
        for owner in method.owners:
            for name in method.names:
                found[owner, name] = (*found.get((owner, name), ()), method)
    return found


_METHODS_AT = _index()


def function_for(call: Call) -> Function | None:
    """The model of a function that is called."""
    return next((each for each in _functions_at(call.name) if each.when is None or each.when(call)), None)


def method_for(call: Call, owner: Owner) -> Method | None:
    """The model of a method that is called of something of a kind."""
    known = (*_METHODS_AT.get((owner, call.name), ()), *_METHODS_AT.get((owner, ANY), ()))
    return next((each for each in known if each.when is None or each.when(call)), None)


def owner_of(value: Value) -> Owner:
    """By what the methods of a value are found: the kind of an object, the type of anything else."""
    return value.kind if isinstance(value, Thing) else type(value)
