"""Detects parameters made of memory as it was, which nothing fills."""

from __future__ import annotations

from collections.abc import Iterator

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import UnfilledParameter
from torchlint.facts.site import Site
from torchlint.knowledge.functional import FILLS_AS_OF_OLD, KEEPS_VALUES, TYPED_TENSORS, UNFILLED
from torchlint.knowledge.layers import BASES_THAT_USE_NO_LAYER
from torchlint.knowledge.training import INITIALISERS, LOADING, MOVES
from torchlint.source.paper.detect.architecture.members import Member, Modules
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Kind,
    Literal,
    Many,
    Opaque,
    Parameters,
    Table,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.occurrences.calls import CallReturned, CallUnread, DataAccessed, ItemsWritten
from torchlint.source.paper.occurrences.program import EntryEnded, ProjectEnded
from torchlint.source.paper.occurrences.training import ParametersWritten
from torchlint.source.paper.python.classes import derives_from_none_but
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN, GROUPS, LOADED
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.objects import above

MAKERS = UNFILLED | TYPED_TENSORS
CARRIERS = MOVES | {"requires_grad_"}
"""Methods whose result has the values of what they belong to."""
REACHING = INITIALISERS | FILLS_AS_OF_OLD | {"apply", "map", "detach"}
"""What may fill a parameter, or every parameter of a module; what is detached is the same memory."""


class UnfilledParameters(Detector):
    """Parameters that are attributes of a module, made of a tensor that nobody filled before or since."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)
        self._unfilled: set[int] = set()
        self._parameters: dict[int, tuple[Thing, Site]] = {}
        self._touched: set[int] = set()
        self._touched_names: set[tuple[str, str]] = set()
        self._loaded: set[int] = set()

    @listens
    def follow_call(self, called: CallReturned) -> None:
        """A call may make a tensor of memory as it is, wrap one, or fill one."""
        name = called.name
        if name in MAKERS:
            if isinstance(called.result, TensorValue) and _is_given_sizes(name, called.arguments):
                self._unfilled.add(called.result.number)
        elif name == "Parameter":
            self._collect(called)
        elif name in CARRIERS:
            if called.owner is not None and called.owner.number in self._unfilled:
                self._unfilled.add(called.result.number)
        elif (name.endswith("_") and not name.endswith("__") and name not in KEEPS_VALUES) or name in REACHING:
            if called.owner is not None:
                self._touch(called.owner)
            for argument in called.arguments:
                self._touch(argument)

    def _collect(self, called: CallReturned) -> None:
        data = called.arguments.get("data", 0)
        if isinstance(called.result, Thing) and data is not None and data.number in self._unfilled:
            self._parameters[called.result.number] = called.result, called.site
            self.remember()

    @listens
    def collect_data(self, accessed: DataAccessed) -> None:
        """The values of a parameter are taken hold of."""
        self._touch(accessed.owner)

    @listens
    def collect_write(self, written: ParametersWritten) -> None:
        """The values of a parameter are set."""
        self._touch(written.written)

    @listens
    def collect_items(self, written: ItemsWritten) -> None:
        """Some values of a tensor or parameter are set."""
        self._touch(written.target)

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """What was not read may fill what it is given; in `forward` it computes with it."""
        if not self.machine.place.forward_depth:
            for argument in unread.arguments:
                self._touch(argument)

    def _touch(self, value: Value) -> None:
        """Something may have given values to a parameter, to those of a module, or to one that goes by a name."""
        for held in options(value):
            for each in values_in(self.machine.state, held) if isinstance(held, (Many, Table)) else (held,):
                match each:
                    case Thing(kind=Kind.PARAMETER | Kind.LAYER) | TensorValue():
                        self._touched.add(each.number)
                        self._unfilled.discard(each.number)
                    case Parameters():
                        self._touched |= each.subject.own
                    case Opaque():
                        path = self.machine.frame.module.path
                        self._touched_names |= {(path, name) for name in self.machine.names_of(each)}
                    case _:
                        continue
                self.remember()

    @listens
    def collect_loaded(self, _: EntryEnded) -> None:
        """A program has ended, in which weights may have been loaded on every way."""
        state = self.machine.state
        loaded = {key[1] for key, answer in state.since(state.base()).own.items() if key[0] is LOADED and answer is Yes}
        for number, (parameter, _site) in self._parameters.items() if loaded else ():
            if loaded & (above(state, parameter) | {number}):
                self._loaded.add(number)

    @listens
    def emit_unfilled(self, _: ProjectEnded) -> None:
        """Tell of the parameters that modules keep, and whether anything fills them."""
        for module, member in self._modules.members():
            for parameter, site in self._kept(member):
                closed = module.of is not None and derives_from_none_but(module.of, BASES_THAT_USE_NO_LAYER)
                filled = self._filled(parameter, member.name, site.file) if closed else Unknown
                self.emit(
                    UnfilledParameter(site=site, owner=module.last, attribute=member.name, filled=filled),
                    parameter.number,
                )

    def _kept(self, member: Member) -> Iterator[tuple[Thing, Site]]:
        known = self._parameters.get(member.value.number)
        if known is not None and self.machine.state.get(FROZEN, known[0].number) is No:
            yield known

    def _filled(self, parameter: Thing, name: str, path: str) -> Answer:
        project = self.machine.project
        touched = any(each == name and project.are_of_one_program(path, file) for file, each in self._touched_names)
        words = frozenset().union(*(module.summary.words for module in project.of_one_program(path)))
        state = self.machine.state
        holders = above(state, parameter) | {parameter.number}
        if holders & self._touched or touched or parameter.number in self._loaded:
            return Unknown
        trained = any(holders & state.get(GROUPS, each.number).own for each in self.machine.objects.optimizers)
        return No if trained or words.isdisjoint(LOADING) else Unknown


def _is_given_sizes(name: str, arguments: Arguments) -> bool:
    """Whether a tensor is made of sizes, not of values, and holds something."""
    given = arguments.positional
    device = arguments.get("device")
    if arguments.unknown or any(isinstance(each, Literal) and each.value == 0 for each in given):
        return False
    if isinstance(device, Literal) and device.value == "meta":
        return False
    if name in UNFILLED:
        return True
    return len(given) > 1 or (len(given) == 1 and isinstance(given[0], Literal) and isinstance(given[0].value, int))
