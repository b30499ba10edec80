"""Calls of installed packages on paper: torch, its frameworks and others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Backward, Clip
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.facts.site import Site
from torchlint.knowledge.training import LAUNCHERS
from torchlint.source.paper.detect import seeding
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Kind, Literal, Many, Opaque, Ordered, Thing, Value, options
from torchlint.source.paper.models import launching, mixed_precision
from torchlint.source.paper.models.construction import construct
from torchlint.source.paper.models.functions import torch_function
from torchlint.source.paper.models.optimization import backward
from torchlint.source.paper.models.subjects import subjects_in
from torchlint.source.paper.models.unread import unread_call
from torchlint.source.paper.models.words import (
    is_clipping,
    is_data_parallel,
    keeps_identity,
    meaning_of,
    reads_only,
)
from torchlint.source.paper.python.builtins import ITERATORS, call_builtin, dict_of
from torchlint.source.paper.python.conditions import periodic
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import CHILDREN, FROZEN
from torchlint.source.paper.state.containers import append, items_of, new_list


def call_symbol(machine: Machine, dotted: str, arguments: Arguments, site: Site) -> Value:
    """Call something of an installed package."""
    if dotted.startswith("builtins."):
        return call_builtin(machine, dotted[9:], arguments, site)
    last = dotted.rpartition(".")[2]
    if last in ITERATORS and arguments.positional:
        return Thing(kind=Kind.ITERATOR, dotted=last, arguments=arguments, site=site)
    seeding.note_call(machine, dotted)
    special = SPECIAL.get(dotted)
    if special is not None:
        return special(machine, arguments, site)
    if is_clipping(dotted):
        target = arguments.get("parameters", 0)
        machine.happen(
            Clip(
                site=site,
                via=tuple(machine.via),
                subject=subjects_in(machine, target),
                periodic=periodic(machine),
            )
        )
        return Opaque()
    if keeps_identity(dotted) and arguments.positional:
        if is_data_parallel(last):
            machine.data_parallel |= {each.number for each in options(arguments.positional[0])}
        return arguments.positional[0]
    meaning = meaning_of(dotted)
    if meaning is not None:
        return construct(machine, meaning, dotted, arguments, site)
    if dotted.startswith(("torch.", "torchvision.")):
        return torch_function(machine, dotted, last, arguments, site)
    return unread_call(machine, last, arguments, site, harmless=reads_only(dotted))


def _autograd(machine: Machine, arguments: Arguments, site: Site) -> Value:
    machine.happen(Backward(site=site, via=tuple(machine.via), of_input=Yes))
    return TensorValue()


def _autograd_backward(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return backward(machine, arguments.get("tensors", 0), site)


def _partial(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return Thing(kind=Kind.PARTIAL, arguments=arguments, site=site)


def _split(machine: Machine, arguments: Arguments, site: Site) -> Value:
    dataset = arguments.positional[0] if arguments.positional else Opaque()
    lengths = arguments.get("lengths", 1)
    count = len(items_of(machine.state, lengths)) if isinstance(lengths, Many) else 2
    result = new_list(machine.state, Ordered.LIST, site)
    for _ in range(count or 2):
        part = Thing(kind=Kind.DATASET, dotted="random_split", arguments=Arguments([dataset]), site=site)
        append(machine.state, result, part, site)
    return result


def _parameter(machine: Machine, arguments: Arguments, site: Site) -> Value:
    made = Thing(kind=Kind.PARAMETER, dotted="torch.nn.Parameter", arguments=arguments, site=site)
    requires = arguments.get("requires_grad", 1)
    if isinstance(requires, Literal) and requires.value is False:
        machine.state.set(FROZEN, Yes, made.number)
    return made


def _variable(machine: Machine, arguments: Arguments, site: Site) -> Value:
    machine.record(
        DeprecatedVariable(
            site=site,
            via=tuple(machine.via),
            requires_grad=arguments.says("requires_grad", 1, default=No),
            volatile=arguments.says("volatile", 2, default=No),
        )
    )
    return arguments.get("data", 0) or Opaque()


def _data_parallel(machine: Machine, arguments: Arguments, site: Site) -> Value:
    module, given = arguments.get("module", 0), arguments.get("inputs", 1)
    if module is None or given is None:
        return TensorValue()
    return machine.call_value(module, Arguments([given]), site)


def _read_from_disk(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """Whatever was saved: a model as likely as a tensor, or both under their keys."""
    return Opaque(from_call=True, name="load")


def _fresh(machine: Machine, arguments: Arguments, site: Site) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Thing) and first.kind is Kind.LAYER:
        copied = Thing(
            kind=Kind.LAYER,
            dotted=first.dotted,
            of=first.of,
            arguments=first.arguments,
            site=site,
            mode_at_birth=Unknown,
            asks_for_mode=first.asks_for_mode,
        )
        machine.state.set(CHILDREN, machine.children_of(first), copied.number)
        return copied
    return first if first is not None else Opaque()


SPECIAL: dict[str, Callable[[Machine, Arguments, Site], Value]] = {
    "torch.autograd.grad": _autograd,
    "torch.autograd.backward": _autograd_backward,
    "functools.partial": _partial,
    "collections.OrderedDict": dict_of,
    "torch.nn.parallel.data_parallel": _data_parallel,
    "torch.utils.data.random_split": _split,
    "torch.utils.data.dataset.random_split": _split,
    "torch.nn.Parameter": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.autograd.Variable": _variable,
    "torch.autograd.variable.Variable": _variable,
    **{launcher.name: partial(launching.launch, launcher) for launcher in LAUNCHERS},
    "torch.load": _read_from_disk,
    "apex.amp.initialize": mixed_precision.initialize,
    "apex.amp.scale_loss": mixed_precision.scale_loss,
    "apex.amp.master_params": mixed_precision.master_params,
    "copy.deepcopy": _fresh,
    "copy.copy": _fresh,
}
