"""Calls of torch, its frameworks and Python's built-ins on paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Clip, Unseen
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.facts.layer import DropoutCall, Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.functional import COPIES, DISCRETE, NEW_TENSOR, OF_ARRAYS
from torchlint.knowledge.layers import CONTAINERS, LAYERS
from torchlint.knowledge.training import LAUNCHERS
from torchlint.source.paper import (
    activations,
    cuts,
    holding,
    launching,
    losses,
    mixed_precision,
    seeding,
    shapes,
    waiting,
)
from torchlint.source.paper.attributes import attribute, register, set_attribute
from torchlint.source.paper.births import note_birth
from torchlint.source.paper.conditions import periodic
from torchlint.source.paper.containers import append, copy_list, items_of, new_list, new_table
from torchlint.source.paper.elements import batch_of, elements, loader_of
from torchlint.source.paper.graphs import ask_for_gradients, cut_graph, join_graphs
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.modes import forget_mode
from torchlint.source.paper.optimization import backward
from torchlint.source.paper.repeats import note_repeats
from torchlint.source.paper.subjects import subjects_in
from torchlint.source.paper.tensors import arithmetic
from torchlint.source.paper.values import (
    Arguments,
    Literal,
    Many,
    Opaque,
    Parameters,
    Table,
    TensorValue,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.words import (
    Meaning,
    functional_loss,
    is_clipping,
    is_data_parallel,
    is_functional_dropout,
    is_step_function,
    keeps_identity,
    may_step,
    meaning_of,
    named_as,
    reads_only,
)

ITERATORS = frozenset("enumerate zip reversed sorted iter islice cycle tqdm trange track chain range".split())


def call_symbol(machine: Machine, dotted: str, arguments: Arguments, site: Site) -> Value:
    """Call something of an installed package."""
    if dotted.startswith("builtins."):
        return _builtin(machine, dotted[9:], arguments, site)
    last = dotted.rpartition(".")[2]
    if last in ITERATORS and arguments.positional:
        return Thing(kind="iterator", dotted=last, arguments=arguments, site=site)
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
                kind="value" if "value" in last else "norm",
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
        return _build(machine, meaning, dotted, arguments, site)
    if dotted.startswith(("torch.", "torchvision.")):
        return _torch_function(machine, dotted, last, arguments, site)
    return unread_call(machine, last, arguments, site, harmless=reads_only(dotted))


def unread_call(machine: Machine, name: str, arguments: Arguments, site: Site, *, harmless: bool = False) -> Value:
    """A call that could not be looked into: what it was given may have been changed."""
    handed: set[str] = set()
    tensor: TensorValue | None = None
    for argument in arguments:
        for each in options(argument):
            match each:
                case Thing() if each.kind in ("optimizer", "scaler", "scheduler"):
                    handed.add(each.kind)
                case Thing() if each.kind == "layer":
                    handed.add("model")
                    if not harmless:
                        forget_mode(machine, each)
                        machine.weights_set += 1
                case TensorValue():
                    tensor = tensor or each
                    if each.sums and not harmless:
                        machine.escaped_sums |= each.sums
                    if each.origin is Origin.LOSS and each.graph is not No:
                        handed.add("loss")
    steps = Unknown if not harmless and may_step(name) else No
    # What is given a loss or an optimizer may train with it.
    optimizers = [each for each in arguments if any(named_as("optimizer", name) for name in each.names)]
    if not harmless and (optimizers or "loss" in handed):
        machine.trained = True
    if (handed or steps is Unknown) and not harmless:
        machine.happen(Unseen(site=site, via=tuple(machine.via), handed=frozenset(handed), steps=steps))
    loaders = [each for each in arguments if isinstance(each, Thing) and each.kind == "loader"]
    if loaders and len(arguments.positional) <= 2:
        return Thing(kind="iterator", dotted=name, arguments=Arguments(list(loaders)), site=site)
    if tensor is not None and tensor.origin is not Origin.LOSS:
        return tensor.but(
            origin=Origin.UNKNOWN, range=Range.UNKNOWN, activation=None, graph=Unknown, cut=None, divided=Unknown
        )
    return Opaque(from_call=True, name=name)


def _build(machine: Machine, meaning: Meaning, dotted: str, arguments: Arguments, site: Site) -> Value:
    made = Thing(
        kind=meaning.kind,
        dotted=meaning.name,
        arguments=arguments,
        site=site,
        via=tuple(machine.via),
        mode_at_birth=meaning.mode,
        origin=dotted,
    )
    machine.things.append(made)
    machine.effects += 1
    if meaning.kind == "layer":
        note_birth(machine, made)
        _note_build(machine, made)
        activations.note_dimension(machine, made.last, arguments, site)
        adopt(machine, made, arguments)
    elif meaning.kind == "loader":
        shuffle = arguments.get("shuffle", 2)
        if shuffle is not None and shuffle.number < machine.frame.number:
            machine.use(made, "told")
    elif meaning.kind == "optimizer":
        made.subject = subjects_in(machine, arguments.get("params", 0))
        machine.optimizers.append(made)
        holding.note_building(machine, made)
    return made


def adopt(machine: Machine, made: Thing, arguments: Arguments) -> None:
    """Register the layers that a container is given."""
    given: list[Value] = []
    for argument in arguments.positional:
        for each in options(argument):
            if isinstance(each, Many):
                given += items_of(machine, each)
            elif isinstance(each, Table):
                given += (machine.store.get(("items", each.number)) or {}).values()
            else:
                given.append(each)
    note_repeats(machine, made.last, made, given, made.site, made.via)
    offset = len(made.children)
    for index, each in enumerate(given):
        if isinstance(each, Many):
            each = (items_of(machine, each) or [each])[-1]
        if type(each) is Opaque and made.last in CONTAINERS:
            made.children[str(index + offset)] = each
        register(machine, made, str(index + offset), each)


def _note_build(machine: Machine, made: Thing) -> None:
    known = LAYERS.get(made.last)
    if machine.frame.function == "forward" and known is not None and "Dropout" in made.last and made.site:
        owner = machine.frame.receiver
        if isinstance(owner, Thing) and owner.kind == "layer":
            machine.record(
                DropoutCall(
                    site=made.site,
                    via=tuple(machine.via),
                    name=made.last,
                    form="layer",
                    bound_to_mode=_guarded(machine),
                )
            )


def _guarded(machine: Machine) -> Answer:
    return Yes if any(".training" in condition for condition in machine.assumed) else No


def _torch_function(machine: Machine, dotted: str, last: str, arguments: Arguments, site: Site) -> Value:
    tensors = [each for each in arguments if isinstance(each, TensorValue)]
    if is_functional_dropout(dotted):
        return _dropout(machine, last, arguments, site)
    loss = functional_loss(dotted)
    if loss is not None:
        return losses.compute(machine, loss, arguments, site, arguments.get("reduction"))
    if ".nn." in dotted:
        activations.note_dimension(machine, last, arguments, site)
    if is_step_function(last) and tensors and machine.watch is not None:
        return cut_graph(machine, tensors[0], subject=NOBODY, range=Range.UNKNOWN, activation=None)
    made = activations.apply(machine, last, tensors[0] if tensors else None, arguments, site)
    if made is not None:
        return made
    items = [item for each in arguments if isinstance(each, Many) for item in items_of(machine, each)]
    if dotted in COPIES:
        found = [each for each in [*tensors, *items] if isinstance(each, TensorValue)]
        copied = [cuts.cut(machine, each, f"{dotted}(...)", site) for each in found]
        made = _copied(machine, copied, _asks_for_gradients(arguments))
        made.shape = shapes.of_new(machine, last, arguments)
        return made
    if tensors and last in DISCRETE:
        return cut_graph(machine, tensors[0], origin=Origin.UNKNOWN, range=Range.UNKNOWN, activation=None)
    if tensors:
        return arithmetic(machine, last, list(arguments))
    held = [item for item in items if isinstance(item, TensorValue)]
    if held:
        return join_graphs(machine, activations.joined(last if len(held) == len(items) else "", held), items)
    trainable = _asks_for_gradients(arguments) if last in NEW_TENSOR else Unknown
    shape = shapes.of_new(machine, last, arguments)
    return TensorValue(trainable=trainable, graph=trainable, shape=shape, given=last in OF_ARRAYS)


def _copied(machine: Machine, copied: list[TensorValue], trainable: Answer) -> TensorValue:
    """A tensor made of numbers: those of other tensors come without their graph."""
    if not copied:
        return TensorValue(trainable=trainable, graph=trainable, given=True)
    severed = frozenset().union(*(each.cuts for each in copied))
    made = copied[0].but(range=Range.UNKNOWN, activation=None, cuts=severed)
    if trainable is Yes:
        ask_for_gradients(machine, made, None)
    return made


def _asks_for_gradients(arguments: Arguments) -> Answer:
    requires = arguments.get("requires_grad")
    if requires is None:
        return No
    return Answer.of(requires.value is True) if isinstance(requires, Literal) else Unknown


def _dropout(machine: Machine, last: str, arguments: Arguments, site: Site) -> Value:
    receiver = machine.frame.receiver
    if isinstance(receiver, Thing) and receiver.kind == "layer":
        given = arguments.get("training", 2) is not None or arguments.unknown
        machine.record(
            DropoutCall(
                site=site,
                via=tuple(machine.via),
                name=f"F.{last}",
                form="function",
                bound_to_mode=Yes if given else _guarded(machine),
            )
        )
    first = arguments.positional[0] if arguments.positional else None
    return first.but(shape=first.shape) if isinstance(first, TensorValue) else TensorValue()


def _builtin(machine: Machine, name: str, arguments: Arguments, site: Site) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if name == "print":
        for each in arguments.positional:
            waiting.note_print(machine, each, site)
        return Literal(value=None)
    if name == "range":
        counted = arguments.positional[-1] if arguments.positional else None
        origin = counted.name if isinstance(counted, Opaque) and counted.name.startswith("len of ") else ""
        if origin:
            return Thing(kind="iterator", dotted="range", origin=origin[7:], arguments=Arguments([Opaque()]))
        dataset = machine.lengths.get(counted.number) if counted is not None else None
        return Opaque() if dataset is None else Thing(kind="iterator", dotted="range", arguments=Arguments([dataset]))
    if name in ITERATORS and first is not None:
        return Thing(kind="iterator", dotted=name, arguments=arguments, site=site)
    if name == "len" and first is not None:
        kept = f"len of {next(iter(sorted(first.names)), 'it')}"
        is_layers = isinstance(first, Many) or (isinstance(first, Thing) and first.kind == "layer")
        length = Opaque(names={"len()"}, name=kept if is_layers else "")
        if isinstance(first, Thing) and first.kind == "dataset":
            machine.lengths[length.number] = first
        return length
    if name == "next" and first is not None:
        return _next(machine, first, site)
    if name in ("list", "tuple", "set") and first is not None:
        return _as_list(machine, name, first, site)
    if name in ("list", "tuple", "set"):
        return new_list(machine, name, site)
    if name == "dict":
        return _table_of(machine, arguments, site)
    if name == "getattr" and len(arguments.positional) >= 2:
        key = arguments.positional[1]
        if isinstance(key, Literal) and isinstance(key.value, str) and first is not None:
            return attribute(machine, first, key.value)
        return Opaque()
    if name == "setattr" and len(arguments.positional) == 3 and first is not None:
        key = arguments.positional[1]
        known = isinstance(key, Literal) and isinstance(key.value, str)
        attribute_name = str(key.value) if known and isinstance(key, Literal) else f"?{key.number}"
        set_attribute(machine, first, attribute_name, arguments.positional[2], site)
        return Literal(value=None)
    if name == "filter" and len(arguments.positional) == 2:
        return arguments.positional[1]
    if name == "sum" and isinstance(first, Many):
        held = [item for item in items_of(machine, first) if isinstance(item, TensorValue)]
        return join_graphs(machine, held[0].but(range=Range.UNKNOWN, activation=None), held) if held else Opaque()
    return Opaque()


def _table_of(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """A dict of another, of pairs, or of keywords."""
    items: dict[object, Value] = {}
    for each in arguments.positional:
        if isinstance(each, Table):
            items.update(machine.store.get(("items", each.number)) or {})
        for row in items_of(machine, each) if isinstance(each, Many) else ():
            pair = items_of(machine, row) if isinstance(row, Many) else []
            if len(pair) == 2:
                key = pair[0].value if isinstance(pair[0], Literal) else ("key", pair[0].number)
                items[key] = pair[1]
    items.update(arguments.keywords)
    made = new_table(machine, items, site)
    if arguments.unknown or any(not isinstance(each, (Many, Table)) for each in arguments.positional):
        machine.store.set(("open", made.number), (True,))
    return made


def _as_list(machine: Machine, name: str, first: Value, site: Site) -> Value:
    if isinstance(first, Many):
        return copy_list(machine, first, name, site)
    if isinstance(first, Parameters):
        return first
    found, exact, loader = elements(machine, first)
    if loader is not None:
        return first
    result = new_list(machine, name, site)
    for each in found if exact else []:
        append(machine, result, each, site)
    return result if exact else Opaque(names=set(first.names), name=getattr(first, "name", ""))


def _next(machine: Machine, source: Value, site: Site) -> Value:
    loader = loader_of(machine, source)
    if loader is None:
        return Opaque()
    batch = batch_of(loader)
    batch.drawn = site
    machine.frame.drawn = loader
    machine.draws.setdefault(site, {"loader": loader, "via": tuple(machine.via), "loops": len(machine.loops)})
    machine.draws[site]["function"] = machine.frame.function
    machine.draws[site].setdefault("iterators", set()).update(option.number for option in options(source))
    machine.draws[site]["iterator"] = isinstance(source, Thing) and not source.names
    return batch


def _autograd(machine: Machine, arguments: Arguments, site: Site) -> Value:
    machine.happen(Backward(site=site, via=tuple(machine.via), of_input=Yes))
    return TensorValue()


def _autograd_backward(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return backward(machine, arguments.get("tensors", 0), site)


def _partial(machine: Machine, arguments: Arguments, site: Site) -> Value:
    return Thing(kind="partial", arguments=arguments, site=site)


def _split(machine: Machine, arguments: Arguments, site: Site) -> Value:
    dataset = arguments.positional[0] if arguments.positional else Opaque()
    lengths = arguments.get("lengths", 1)
    count = len(items_of(machine, lengths)) if isinstance(lengths, Many) else 2
    result = new_list(machine, "list", site)
    for _ in range(count or 2):
        part = Thing(kind="dataset", dotted="random_split", arguments=Arguments([dataset]), site=site)
        append(machine, result, part, site)
    return result


def _parameter(machine: Machine, arguments: Arguments, site: Site) -> Value:
    made = Thing(kind="parameter", dotted="torch.nn.Parameter", arguments=arguments, site=site)
    requires = arguments.get("requires_grad", 1)
    made.origin = "frozen" if isinstance(requires, Literal) and requires.value is False else ""
    return made


def _variable(machine: Machine, arguments: Arguments, site: Site) -> Value:
    requires = arguments.get("requires_grad", 1)
    volatile = arguments.get("volatile", 2)
    machine.record(
        DeprecatedVariable(
            site=site,
            via=tuple(machine.via),
            requires_grad=_literally(requires, arguments),
            volatile=_literally(volatile, arguments),
        )
    )
    return arguments.get("data", 0) or Opaque()


def _literally(value: Value | None, arguments: Arguments) -> Answer:
    if value is None:
        return Unknown if arguments.unknown else No
    return Answer.of(bool(value.value)) if isinstance(value, Literal) else Unknown


def _data_parallel(machine: Machine, arguments: Arguments, site: Site) -> Value:
    from torchlint.source.paper.calls import call_value

    module, given = arguments.get("module", 0), arguments.get("inputs", 1)
    if module is None or given is None:
        return TensorValue()
    return call_value(machine, module, Arguments([given]), site)


def _read_from_disk(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """Whatever was saved: a model as likely as a tensor, or both under their keys."""
    return Opaque(from_call=True, name="load")


def _fresh(machine: Machine, arguments: Arguments, site: Site) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Thing) and first.kind == "layer":
        copied = Thing(kind="layer", dotted=first.dotted, of=first.of, arguments=first.arguments, site=site)
        copied.children = dict(first.children)
        copied.mode_at_birth = Unknown
        copied.uses_mode = first.uses_mode
        return copied
    return first if first is not None else Opaque()


SPECIAL: dict[str, Callable[[Machine, Arguments, Site], Value]] = {
    "torch.autograd.grad": _autograd,
    "torch.autograd.backward": _autograd_backward,
    "functools.partial": _partial,
    "collections.OrderedDict": _table_of,
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
