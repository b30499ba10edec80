"""Models run on paper: the event, and what comes out."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.event import Backward, Forward
from torchlint.facts.layer import HAVE_FLOOR, Range
from torchlint.facts.loss import Origin, Severed
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, Subject
from torchlint.intent.splits import is_named_for_evaluation
from torchlint.knowledge.layers import AVERAGES, LAYERS
from torchlint.knowledge.losses import LOSSES
from torchlint.knowledge.names import mentions_model, names_loss
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.tensor import Cut, TensorValue, loaders_of, sources_of
from torchlint.source.paper.domain.values import (
    UNSET,
    Arguments,
    Choice,
    Kind,
    Literal,
    Many,
    Opaque,
    Routine,
    Table,
    Thing,
    Value,
)
from torchlint.source.paper.models.tensors import shapes
from torchlint.source.paper.models.tensors.operations import part_of
from torchlint.source.paper.models.torch import averages, modes
from torchlint.source.paper.models.torch.in_place import change_by_layer
from torchlint.source.paper.models.torch.layers import dependents_on_mode, layer_of
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.occurrences.data import BatchFed
from torchlint.source.paper.occurrences.layers import ForwardEnded, ForwardStarted, LayerRun
from torchlint.source.paper.occurrences.training import ForwardRan, ModuleRun
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.bookkeeping import Followed
from torchlint.source.paper.python.classes import library_bases, trains_in_forward
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import append, contents, entries_of, new_list
from torchlint.source.paper.state.objects import inside
from torchlint.source.paper.state.trace import events

DEEP = 5
FOLLOWED = 2
OCCASIONS = 6


def run_forward(machine: Machine, model: Value, arguments: Arguments, site: Site) -> Value:
    """Run a model on its inputs."""
    trainer = _as_trainer(machine, model)
    if trainer is not None:
        return machine.call_routine(trainer, arguments, site)
    if not machine.place.forward_depth:
        machine.tell(ModuleRun(model, tuple(each for each in arguments if isinstance(each, TensorValue))))
    if machine.place.forward_depth:
        return _run_part(machine, model, arguments, site)
    if _measures(machine, model):
        result = _run_part(machine, model, arguments, site)
        return result.refined(origin=Origin.LOSS) if isinstance(result, TensorValue) else result
    forward = forward_on(machine, model, arguments, site)
    machine.place.recorded = Unknown
    output = _run_part(machine, model, arguments, site)
    if forward.gradients is Yes and not _may_record(machine, model):
        forward = replace(forward, gradients=Unknown)
    emit_forward(machine, model, forward, arguments)
    machine.tell(BatchFed(model, tuple(each for each in arguments if isinstance(each, TensorValue))))
    return output


def _may_record(machine: Machine, model: Value) -> bool:
    """Whether a graph may come of a model that was run: it did not switch gradients off around all of its parts."""
    if machine.place.recorded is not No:
        return True
    parts = inside(machine.state, model).values()
    return any(isinstance(each, Thing) and each.kind is Kind.PARAMETER for each in parts)


def _as_trainer(machine: Machine, model: Value) -> Routine | None:
    """The `forward` of what trains where it is called: no model's, but a function like any other."""
    if machine.place.forward_depth or not isinstance(model, Thing) or model.of is None:
        return None
    method = class_attribute(machine, model.of, "forward") if trains_in_forward(machine, model.of) else None
    return method.bound_to(model) if isinstance(method, Routine) else None


def _run_part(machine: Machine, model: Value, arguments: Arguments, site: Site) -> Value:
    """Run a model, or a part of one that is being run."""
    inputs = [each for each in arguments if isinstance(each, TensorValue)]
    subject = subject_of(machine.state, model)
    output = _output(machine, model, arguments, inputs, site)
    for each in (*inputs, *_packed(machine, arguments)):
        if (each.subject.own or each.subject.open) and each.graph is not No:
            subject = subject | each.subject
        elif each.graph is Unknown and each.loader < 0 and not machine.place.forward_depth:
            subject = subject | ANYBODY  # A model that was not read may have given it.
    known = all(isinstance(each, (TensorValue, Literal)) for each in arguments)
    if not known and any(names_loss(name) for name in machine.names_of(model)):
        # What is not known of a loss's arguments is the model's doing.
        subject = subject | ANYBODY
    graph = modes.gradients(machine)
    cut = Cut(site, by_mode=True) if graph is No else None
    drawn = next((each.drawn for each in inputs if each.drawn is not None), None)
    like = TensorValue(
        subject=subject,
        graph=graph,
        cut=cut,
        loaders=loaders_of(inputs),
        sources=sources_of(inputs),
        drawn=drawn,
        output_of=(model.number, ""),
        made=machine.site(machine.place.line),
        severed=_severed(machine, model, inputs, site) if not machine.place.forward_depth else frozenset(),
    )
    result = _as_output(machine, output, like)
    if machine.place.forward_depth:
        change_by_layer(machine, model, arguments, result)
        machine.tell(LayerRun(model, tuple(inputs), tuple(arguments), result))
    return result


def _severed(machine: Machine, model: Value, inputs: list[TensorValue], site: Site) -> frozenset[Severed]:
    """Where the graph ended of what a model is given, and at the model itself where none is recorded."""
    before = frozenset[Severed]().union(*(each.severed for each in inputs))
    if modes.gradients(machine) is not No:
        return before
    return before | {Severed(site, "no_grad", subject_of(machine.state, model))}


def _packed(machine: Machine, arguments: Arguments) -> list[TensorValue]:
    """The tensors in the lists that a model is given, such as the states of a recurrent layer."""
    held = [contents(machine.state, each) for each in arguments if isinstance(each, (Many, Table))]
    return [item for entries in held for item, _ in entries if isinstance(item, TensorValue)]


def _measures(machine: Machine, model: Value) -> bool:
    """Whether a module is a loss, by its base or by its name: it measures a model, and nobody switches its mode."""
    names: frozenset[str] | set[str] = machine.names_of(model)
    if isinstance(model, Thing):
        names = {*names, model.last}
        bases = library_bases(model.of) if model.of is not None else []
        if any(base.rpartition(".")[2] in LOSSES for base in bases):
            return True
    return any(names_loss(name) for name in names) and not any(mentions_model(name) for name in names)


def emit_forward(machine: Machine, model: Value, forward: Forward, arguments: Arguments) -> None:
    """Tell that a model is run."""
    machine.happen(forward)
    machine.tell(ForwardRan(model, forward, tuple(arguments)))


def forward_on(machine: Machine, model: Value, arguments: Arguments, site: Site) -> Forward:
    """That a model is run on these: in which mode, with a graph or not, on a batch or not."""
    held = modes.modes_of(machine, model)
    training = join(mode.training for mode in held) if held else Unknown
    if training is Yes and _parts_are_in_eval(machine, model):
        training = Unknown
    key = (site, machine.budget.entry, tuple(machine.via), machine.items())
    held_at_first = machine.memory.first_modes.setdefault(key, held)
    switch = next((mode.site for mode in sorted(held, key=lambda mode: str(mode.site)) if mode.site), None)
    forward = Forward(
        site=site,
        via=tuple(machine.via),
        model=layer_of(machine, model),
        subject=subject_of(machine.state, model),
        training=training,
        switch=switch,
        switches_to_eval=modes.left_in_eval(machine, held, held_at_first),
        switched_by_chance=any(modes.is_by_chance(machine, mode) for mode in held),
        gradients=modes.gradients(machine),
        on_data=_on_data(arguments),
        lags_behind=averages.lags_behind(machine, model, training),
    )
    if forward.gradients is No or _is_over_held_out(machine):
        modes.mark_evaluated(machine, model)
    return forward


def _parts_are_in_eval(machine: Machine, model: Value) -> bool:
    """Whether all that may depend on the mode in a model was, or may have been, put in eval mode by itself."""
    parts = dependents_on_mode(machine, model)
    return bool(parts) and all(
        part is not model and any(mode.training is not Yes for mode in modes.modes_of(machine, part)) for part in parts
    )


def _is_over_held_out(machine: Machine) -> bool:
    """Whether the innermost loop goes over data that is named for evaluation."""
    return bool(machine.loops) and is_named_for_evaluation(machine.loops[-1].names)


def _on_data(arguments: Arguments) -> Answer:
    if any(isinstance(each, TensorValue) and each.loader >= 0 for each in arguments):
        return Yes
    return No if all(map(_is_new_tensor, arguments)) else Unknown


def _is_new_tensor(value: Value) -> bool:
    return isinstance(value, TensorValue) and value.is_new


def _output(machine: Machine, model: Value, arguments: Arguments, inputs: list[TensorValue], site: Site) -> Value:
    if not isinstance(model, Thing):
        modes.keep_recording(machine)
        return TensorValue()
    if model.of is not None:
        method = class_attribute(machine, model.of, "forward")
        if isinstance(method, Routine):
            return _run_body(machine, model, method, arguments, site)
    modes.keep_recording(machine)
    if model.last in ("Sequential",) and machine.children_of(model):
        value: Value = inputs[0] if inputs else TensorValue(origin=Origin.INPUT)
        for child in machine.children_of(model).values():
            value = apply_layer(machine, child, value)
        return value
    return apply_layer(machine, model, inputs[0] if inputs else TensorValue(origin=Origin.INPUT), running=model)


def _run_body(machine: Machine, model: Thing, method: Routine, arguments: Arguments, site: Site) -> Value:
    followed = machine.memory.forwarded.setdefault(id(method.definition), [])
    same = [each for each in followed if each.occasion == _occasion(model, arguments)]
    often = len(followed) >= FOLLOWED and (bool(same) or machine.place.forward_depth > 0 or len(followed) >= OCCASIONS)
    if often or machine.place.forward_depth >= DEEP:
        before = (same or followed)[-1:]
        machine.trace += [gradients for each in before for gradients in each.gradients]
        known = {each.recorded for each in same or followed} - {Unknown}
        modes.keep_recording(machine, No if known == {No} else Unknown)
        return same[-1].output if same else _of_another(machine, before[0].output if before else TensorValue())
    bound = method.bound_to(model)
    around, machine.place.recorded = machine.place.recorded, Unknown
    switched_off = modes.gradients(machine) is No
    kept, machine.trace = machine.trace, []
    if not machine.place.forward_depth:
        machine.tell(ForwardStarted(model))
    machine.place.forward_depth += 1
    try:
        output = machine.call_routine(bound, arguments, site)
        if machine.place.forward_depth == 1:
            machine.tell(ForwardEnded(model, output))
        if model.is_copy:
            output = _of_another(machine, output)
        gradients = tuple(each for each in events(machine.trace) if isinstance(each, Backward))[:1]
        recorded = Unknown if switched_off else machine.place.recorded
        followed.append(Followed(_occasion(model, arguments), output, gradients, recorded))
        kept += gradients
        return output
    finally:
        inside_it, machine.place.recorded = machine.place.recorded, around
        modes.keep_recording(machine, inside_it)
        machine.place.forward_depth -= 1
        machine.trace = kept


def _occasion(model: Thing, arguments: Arguments) -> tuple[object, ...]:
    """What may make one run of a model differ from another: which model it is, and the constants it is given."""
    constants = [(name, repr(each.value)) for name, each in arguments.keywords.items() if isinstance(each, Literal)]
    return (model.number, *constants, *[repr(each.value) for each in arguments.positional if isinstance(each, Literal)])


def _of_another(machine: Machine, output: Value) -> Value:
    """What an object of the same class gives is of the same kind; what values it holds is not known."""
    match output:
        case TensorValue():
            return output.but(range=Range.UNKNOWN, activation=None)
        case Many():
            result = new_list(machine.state, output.kind, output.site)
            for item, site, certain in entries_of(machine.state, output):
                append(machine.state, result, _of_another(machine, item), site, certain=certain)
            return result
    return output


def apply_layer(machine: Machine, layer: Value, given: Value, running: Value | None = None) -> Value:
    """What a layer makes of a tensor; the one that is `running` already is not run again."""
    tensor = given if isinstance(given, TensorValue) else TensorValue()
    if isinstance(layer, Choice):
        return one_of(apply_layer(machine, each, tensor, running) for each in layer.options)
    if layer is UNSET:
        return tensor
    if not isinstance(layer, Thing):
        return tensor.but(range=Range.UNKNOWN, activation=None)
    if layer is not running and (layer.of is not None or (layer.last == "Sequential" and machine.children_of(layer))):
        return _run_part(machine, layer, Arguments([tensor]), layer.site or machine.site(machine.place.line))
    known = LAYERS.get(layer.last)
    if known is None:
        return tensor.but(range=Range.UNKNOWN, activation=None)
    shape = shapes.through(layer, tensor.shape)
    if known.output is None:
        averaged = tensor.range in HAVE_FLOOR and layer.last in AVERAGES
        return tensor.but(range=Range.UNKNOWN, activation=None) if averaged else tensor.but(shape=shape)
    activation = layer.site if known.output is not Range.RAW else None
    return tensor.but(range=known.output, activation=activation, shape=shape)


def _as_output(machine: Machine, value: Value, like: TensorValue) -> Value:
    """What a model returned, as its output: with the subject, the graph and the batch of one that is given."""
    match value:
        case TensorValue() if value.origin is Origin.LOSS:
            return value.but(
                subject=value.subject | like.subject,
                graph=like.graph,
                cut=like.cut,
                drawn=like.drawn,
                made=like.made,
                severed=like.severed,
                quantity=value.quantity,
            )
        case TensorValue():
            cut_off = {layer for cut in value.cuts for layer in cut.layers} - value.subject.own
            return value.but(
                origin=Origin.OUTPUT,
                subject=Subject(like.subject.own - cut_off, like.subject.above, like.subject.open),
                graph=like.graph,
                cut=like.cut,
                loaders=like.loaders,
                sources=like.sources,
                drawn=like.drawn,
                output_of=like.output_of,
                shape=value.shape,
                made=like.made,
                addends=frozenset(),
                bootstraps=None,
                difference=None,
                weighed=False,
                severed=like.severed,
            )
        case Many():
            result = new_list(machine.state, value.kind, value.site)
            for position, (item, _, certain) in enumerate(entries_of(machine.state, value)):
                output = _as_output(machine, item, part_of(like, position))
                append(machine.state, result, output, machine.site(machine.place.line), certain=certain)
            return result
        case Table() | Literal():
            return value
        case Opaque() | _:
            return like.but(origin=Origin.OUTPUT)
