"""What a variable can hold on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import count
from operator import attrgetter
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeAlias

from torchlint.facts.answer import Answer, No, Unknown, join
from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY, Subject
from torchlint.source import syntax

if TYPE_CHECKING:
    from torchlint.source.project import Module

FEW = 4
"""So many values of a variable are told apart."""
PARTS = {
    "layer": "model",
    "loader": "loader",
    "dataset": "dataset",
    "optimizer": "optimizer",
    "scheduler": "scheduler",
    "loss": "criterion",
}
"""What objects of a kind are called where no more is known of one."""
Shape: TypeAlias = tuple[int | EllipsisType | None, ...]
numbers = count(1).__next__


@dataclass(slots=True, eq=False)
class Value:
    """Anything: an object of which only its names are known."""

    names: set[str] = field(default_factory=set)
    number: int = field(default_factory=numbers)


@dataclass(slots=True, eq=False)
class Opaque(Value):
    """A value from outside what was read: a parameter of a function nobody calls, an unknown call's result."""

    name: str = ""
    from_call: bool = False


@dataclass(slots=True, eq=False)
class SavedMode(Value):
    """`model.training`, read to be put back later: the model, and the modes that it may have been in."""

    model: Value | None = None
    modes: frozenset[Any] = frozenset()


@dataclass(slots=True, eq=False)
class Literal(Value):
    """A constant that is known."""

    value: object = None


@dataclass(slots=True, eq=False)
class Index(Value):
    """A number that counts something: `of` is the text of what `range(len(...))` was taken of."""

    of: str = ""


@dataclass(slots=True, eq=False)
class Many(Value):
    """A list, tuple, set or iterator; what is in it stands in the store, for it changes as the program runs."""

    kind: str = "list"
    site: Site | None = None


@dataclass(slots=True, eq=False)
class Table(Value):
    """A dict; its items stand in the store."""

    site: Site | None = None


@dataclass(slots=True, eq=False)
class Routine(Value):
    """A project function, method or lambda, bound to its receiver if it has one."""

    definition: syntax.Function | syntax.Lambda = field(default_factory=lambda: syntax.Lambda([], syntax.Name("")))
    module: Module | None = None
    scope: int = 0
    owner: ProjectClass | None = None
    receiver: Value | None = None

    def bound_to(self, receiver: Value | None) -> Routine:
        """The same function as a method of an object."""
        return Routine(
            definition=self.definition, module=self.module, scope=self.scope, owner=self.owner, receiver=receiver
        )


@dataclass(slots=True, eq=False)
class ProjectClass(Value):
    """A class of the files that were read."""

    definition: syntax.Class = field(default_factory=lambda: syntax.Class(0, "", [], [], []))
    module: Module | None = None
    scope: int = 0
    bases: list[Value] = field(default_factory=list)
    methods: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class ModuleValue(Value):
    """An imported project module."""

    module: Module | None = None


@dataclass(slots=True, eq=False)
class Symbol(Value):
    """Something of an installed package, by its dotted name."""

    dotted: str = ""

    @property
    def last(self) -> str:
        """The last word of the dotted name."""
        return self.dotted.rpartition(".")[2]


@dataclass(slots=True)
class Arguments:
    """The arguments of a call: `unknown` when some were unpacked from what is not known."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    unknown: bool = False

    def get(self, name: str, position: int | None = None) -> Value | None:
        """One argument by keyword or position."""
        if name in self.keywords:
            return self.keywords[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None

    def says(self, name: str, position: int | None = None, *, default: Answer) -> Answer:
        """Whether one argument is true: as its default says where it was not given."""
        given = self.get(name, position)
        if given is None:
            return Unknown if self.unknown else default
        return Answer.of(bool(given.value)) if isinstance(given, Literal) else Unknown

    def __iter__(self) -> Iterator[Value]:
        yield from self.positional
        yield from self.keywords.values()


@dataclass(slots=True, eq=False)
class Thing(Value):
    """An object that was built: of a library class (`dotted`) or of a project class (`of`).

    `kind` is "layer", "loss", "optimizer", "scheduler", "loader", "dataset", "sampler", "transform", "scaler",
    "context", "iterator", "parameter", "framework" or "object". `parents` are the modules that it is registered on,
    `above` these and all that contain them. `runs_unknown` says that a module runs a part of which nothing is known.
    """

    kind: str = "object"
    dotted: str = ""
    of: ProjectClass | None = None
    arguments: Arguments = field(default_factory=Arguments)
    site: Site | None = None
    via: tuple[Site, ...] = ()
    children: dict[str, Value] = field(default_factory=dict)
    parents: set[int] = field(default_factory=set)
    above: set[int] = field(default_factory=set)
    subject: Subject = NOBODY
    mode_at_birth: Answer = Answer.YES
    uses_mode: bool = False
    runs_unknown: bool = False
    origin: str = ""

    @property
    def last(self) -> str:
        """The class's own name."""
        return self.of.definition.name if self.of else self.dotted.rpartition(".")[2]


@dataclass(slots=True, eq=False)
class Parameters(Value):
    """What `parameters()` gives: the parameters of a subject."""

    subject: Subject = NOBODY


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a tensor's graph ended: `by_mode` when gradients were not recorded there."""

    site: Site
    by_mode: bool = False


SumKey = tuple[Site, int, tuple[object, ...]]
"""A running sum: the place that adds to it, the loop around that, and the items of the loops with known items."""


@dataclass(frozen=True, slots=True, eq=False)
class Severance:
    """A place in `forward` where a tensor that these layers made is taken out of the graph."""

    site: Site
    via: tuple[Site, ...]
    call: str
    layers: frozenset[int]


@dataclass(slots=True, eq=False)
class TensorValue(Value):
    """A tensor: where it comes from and what was done to it.

    `loader` is the number of the loader whose batch it is (or was made of), -1 if none. `cut` says where the graph
    ended, where there had been one. `terms` are the numbers of the losses in it, `sums` the running sums.
    `cuts` are the places in `forward` where layers were cut off on its way. `given` says that its values are written
    down or read, not made up. `output_of` is the number of the model that gave it just so (reshaped at most), and
    which part of the model's output it is. In `shape`, a size that is not known is None, and `...` stands for any
    number of dimensions; `parts` are the shapes of what a batch holds.
    """

    origin: Origin = Origin.UNKNOWN
    range: Range = Range.UNKNOWN
    activation: Site | None = None
    subject: Subject = NOBODY
    loader: int = -1
    graph: Answer = Unknown
    cut: Cut | None = None
    terms: frozenset[int] = frozenset()
    sums: frozenset[SumKey] = frozenset()
    scaled: Answer = No
    divided: Answer = No
    normalised: bool = False
    trainable: Answer = Unknown
    drawn: Site | None = None
    of_loss: str = ""
    output_of: tuple[int, str] | None = None
    shape: Shape | None = None
    parts: tuple[Shape | None, ...] = ()
    cuts: frozenset[Severance] = frozenset()
    given: bool = False

    @property
    def made_up(self) -> bool:
        """Whether it is a new tensor whose values nobody wrote down or read."""
        return self.trainable is not Unknown and not self.given

    def but(self, **changes: object) -> TensorValue:
        """A new tensor that differs in what is named.

        With other values, it is no model's output any more. Its shape is kept only by who names it.
        """
        made = TensorValue(set(), numbers(), *_described(self))
        made.shape = None
        if "range" in changes:
            made.output_of = None
        for name, value in changes.items():
            setattr(made, name, value)
        return made


TENSOR_FIELDS = tuple(each.name for each in fields(TensorValue) if each.name not in ("names", "number"))
"""What is known of a tensor, beside what it is called."""
_described = attrgetter(*TENSOR_FIELDS)


@dataclass(slots=True, eq=False)
class Choice(Value):
    """One of several values, depending on the way that the program took."""

    options: tuple[Value, ...] = ()


def options(value: Value) -> tuple[Value, ...]:
    """The values that this may be."""
    return value.options if isinstance(value, Choice) else (value,)


def either(first: Value, second: Value) -> Value:
    """What is known when it may be the one or the other."""
    if first is second:
        return first
    if isinstance(first, Literal) and isinstance(second, Literal) and repr(first.value) == repr(second.value):
        return first
    if isinstance(first, TensorValue) and isinstance(second, TensorValue):
        return _either_tensor(first, second)
    found: dict[int, Value] = {}
    for value in options(first) + options(second):
        found.setdefault(value.number, value)
    known = tuple(found.values())
    return Choice(options=known) if len(known) <= FEW else _one_of_many(known)


def _one_of_many(several: tuple[Value, ...]) -> Opaque:
    """Of many objects of one kind, what remains known is the part that each of them plays."""
    names = set().union(*(each.names for each in several))
    objects = [each for each in several if not (isinstance(each, Literal) and each.value is None)]
    parts = {PARTS.get(each.kind, "") if isinstance(each, Thing) else getattr(each, "name", "") for each in objects}
    part = parts.pop() if len(parts) == 1 else ""
    return Opaque(names=names | {part}, name=part) if part in PARTS.values() else Opaque(names=names)


def _either_tensor(first: TensorValue, second: TensorValue) -> TensorValue:
    return first.but(
        origin=first.origin if first.origin is second.origin else Origin.UNKNOWN,
        range=first.range if first.range is second.range else Range.UNKNOWN,
        activation=first.activation if first.activation == second.activation else None,
        subject=first.subject | second.subject,
        loader=first.loader if first.loader == second.loader else max(first.loader, second.loader),
        graph=join((first.graph, second.graph)),
        cut=first.cut or second.cut,
        terms=first.terms | second.terms,
        sums=first.sums | second.sums,
        scaled=join((first.scaled, second.scaled)),
        divided=join((first.divided, second.divided)),
        normalised=first.normalised or second.normalised,
        drawn=first.drawn if first.drawn == second.drawn else None,
        output_of=first.output_of if first.output_of == second.output_of else None,
        shape=first.shape if first.shape == second.shape else None,
        trainable=join((first.trainable, second.trainable)),
        cuts=first.cuts | second.cuts,
    )
