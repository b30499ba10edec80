"""A model run under watch: where the graph is cut, and which layers follow each other."""

from __future__ import annotations

from torchlint.facts.answer import No
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.names import STOPPING_WORDS, words_of
from torchlint.source.paper.detect.watch import Watch
from torchlint.source.paper.domain.tensor import Severance, TensorValue
from torchlint.source.paper.domain.values import Thing, Value, options
from torchlint.source.paper.models import modes
from torchlint.source.paper.models.graphs import cut_graph
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import values_in


def cut(machine: Machine, tensor: TensorValue, call: str, site: Site) -> TensorValue:
    """A tensor without the graph of another."""
    watch = machine.watch
    if watch is None or not tensor.subject.own or No in (tensor.graph, modes.gradients(machine)):
        return cut_graph(machine, tensor, subject=NOBODY, shape=tensor.shape)
    said = {word for name in _names_around(machine, tensor) for word in words_of(name)}
    under_condition = machine.nesting > watch.nesting or len(machine.loops) > watch.loops
    made = Severance(
        site=site,
        via=tuple(machine.via),
        call=call,
        layers=tensor.subject.own,
        plain=not under_condition and not said & STOPPING_WORDS,
    )
    watch.cuts.append(made)
    return cut_graph(machine, tensor, subject=NOBODY, shape=tensor.shape, cuts=tensor.cuts | {made})


def _names_around(machine: Machine, tensor: TensorValue) -> set[str]:
    frames = {frame.function for frame in machine.frames} | {f.owner.definition.name for f in machine.frames if f.owner}
    return frames | machine.names_of(tensor)


def begin(machine: Machine) -> Watch | None:
    """A model is run; None when it is run by another, which is watched already."""
    if machine.watch is not None:
        return None
    machine.watch = Watch(machine.nesting, len(machine.loops))
    return machine.watch


def finish(machine: Machine, watch: Watch, model: Thing, output: Value) -> None:
    """The model was run: remember the cuts, and the layers that feed others."""
    machine.watch = None
    machine.architecture.adjacent += watch.straight()
    if not watch.cuts:
        return
    parts = [part for part in _parts(machine, output) if isinstance(part, TensorValue)]
    on_the_way = {each for part in parts for each in part.cuts}
    attached = {layer for part in parts for layer in part.subject.own} | watch.forked()
    for made in watch.cuts:
        alone = made.plain and made in on_the_way and not made.layers & attached
        machine.architecture.severed.append((made, model, alone))


def _parts(machine: Machine, output: Value) -> list[Value]:
    found: list[Value] = []
    for each in options(output):
        inside = values_in(machine.state, each)
        found += [part for item in inside for part in options(item)]
    return found
