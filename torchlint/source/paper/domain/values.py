"""What a variable can hold on paper: frozen values; what changes about an object stands in the state, by its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY, Subject
from torchlint.source import syntax
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.quantity import Quantity

if TYPE_CHECKING:
    from torchlint.source.project import Module

numbers = count(1).__next__
NOTHING_NAMED: frozenset[str] = frozenset()


class Kind(Enum):
    """What an object is to the training: each kind has methods of its own, and a word that it is called by."""

    LAYER = "model"
    LOSS = "criterion"
    OPTIMIZER = "optimizer"
    SCHEDULER = "scheduler"
    SCALER = "scaler"
    LOADER = "loader"
    DATASET = "dataset"
    SAMPLER = "sampler"
    TRANSFORM = "transform"
    CONTEXT = "context"
    ITERATOR = "iterator"
    PARAMETER = "parameter"
    PARTIAL = "partial"
    FRAMEWORK = "framework"
    OBJECT = "object"


class Ordered(Enum):
    """Which of Python's containers holds values one after another."""

    LIST = "list"
    TUPLE = "tuple"
    SET = "set"


@frozen
class Value:
    """Anything: `first_names` is what it is called when it is made, the state knows what it is called later."""

    first_names: frozenset[str] = NOTHING_NAMED
    number: int = field(default_factory=numbers)


@frozen
class Unset(Value):
    """What stands where some way set nothing: a variable that is not bound, an attribute that is as it was."""


UNSET = Unset()


@frozen
class Opaque(Value):
    """A value from outside what was read: a parameter of a function nobody calls, an unknown call's result.

    `among` are the values of which it is one, where they are too many to be told apart.
    """

    name: str = ""
    from_call: bool = False
    among: tuple[Value, ...] = ()


@frozen
class Number(Opaque):
    """A number of Python's own: it carries no graph."""


@frozen
class Length(Number):
    """How many there are of something: `of` is what was counted, None for a multiple of a length.

    `site` is the call that counts.
    """

    of: Value | None = None
    site: Site | None = None


@frozen
class Sizes(Opaque):
    """How large a tensor is: a number for each dimension. `of` is the number of the tensor."""

    of: int = 0


@frozen
class Dimension(Number):
    """The size of one dimension of a tensor: `of` is its number, `rank` how many it has, None where nobody said."""

    of: int = 0
    position: int = 0
    rank: int | None = None


@frozen
class Hits(Number):
    """How many predictions were right, or a part or a multiple of that: more is better.

    `quantity` is what exactly it measures, where that is known, of the batches of the `loaders` with these numbers.
    """

    quantity: Quantity | None = None
    loaders: frozenset[int] = frozenset()


@frozen
class Weights(Opaque):
    """What `state_dict()` gives: the weights of a model themselves, and no copies of them."""

    model: Value = field(default_factory=Value)


@frozen
class StateOf(Opaque):
    """What `state_dict()` of an optimizer, a scheduler or a scaler gives."""

    owner: Value = field(default_factory=Value)


@frozen
class SavedMode(Value):
    """`model.training`, read to be put back later: the model, and the modes that it may have been in."""

    model: Value | None = None
    modes: frozenset[Any] = frozenset()


@frozen
class Literal(Value):
    """A constant that is known."""

    value: object = None


@frozen
class Index(Value):
    """A number that counts something: `of` is the name of the layers that `range(len(...))` was taken of."""

    of: str = ""


@frozen
class Many(Value):
    """A list, tuple, set or iterator; what is in it stands in the state, for it changes as the program runs.

    `by_comma` says that it is a tuple of one which a comma at the end of an expression made, as a slip does.
    """

    kind: Ordered = Ordered.LIST
    site: Site | None = None
    by_comma: bool = False


@frozen
class Table(Value):
    """A dict; its items stand in the state."""

    site: Site | None = None


@frozen
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


@frozen
class ProjectClass(Value):
    """A class of the files that were read; methods and `setters` of properties are there once its body was run."""

    definition: syntax.Class = field(default_factory=lambda: syntax.Class(0, "", [], [], []))
    module: Module | None = None
    scope: int = 0
    bases: tuple[Value, ...] = ()
    methods: dict[str, Value] = field(default_factory=dict)
    setters: dict[str, Routine] = field(default_factory=dict)


@frozen
class ModuleValue(Value):
    """An imported project module."""

    module: Module | None = None


@frozen
class Symbol(Value):
    """Something of an installed package, by its dotted name."""

    dotted: str = ""

    @property
    def last(self) -> str:
        """The last word of the dotted name."""
        return self.dotted.rpartition(".")[2]


@frozen
class Arguments:
    """The arguments of a call: `unknown` when some were unpacked from what is not known.

    `perhaps` are the only keywords that those may be, where that is known: a dict that is filled on some ways.
    """

    positional: Sequence[Value] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    unknown: bool = False
    perhaps: frozenset[str] | None = None

    def may_give(self, name: str) -> bool:
        """Whether one argument may be among those that are not known."""
        return self.unknown and (self.perhaps is None or name in self.perhaps)

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
            return Unknown if self.may_give(name) else default
        return Answer.of(bool(given.value)) if isinstance(given, Literal) else Unknown

    def __iter__(self) -> Iterator[Value]:
        yield from self.positional
        yield from self.keywords.values()


@frozen
class Thing(Value):
    """An object that was built: of a library class (`dotted`) or of a project class (`of`).

    `asks_for_mode` says that its class reads `self.training`. `is_copy` says that it is taken to be built as others of
    its class were, though its arguments differ. `counts` is the name of the layers whose numbers an iterator gives.
    """

    kind: Kind = Kind.OBJECT
    dotted: str = ""
    of: ProjectClass | None = None
    arguments: Arguments = field(default_factory=Arguments)
    site: Site | None = None
    via: tuple[Site, ...] = ()
    mode_at_birth: Answer = Answer.YES
    asks_for_mode: bool = False
    is_copy: bool = False
    counts: str = ""

    @property
    def last(self) -> str:
        """The class's own name."""
        return self.of.definition.name if self.of else self.dotted.rpartition(".")[2]


@frozen
class Parameters(Value):
    """What `parameters()` gives: the parameters of a subject."""

    subject: Subject = NOBODY


@frozen
class Choice(Value):
    """One of several values, depending on the way that the program took; UNSET among them where a way set none."""

    options: tuple[Value, ...] = ()


@frozen
class WeightData(Opaque):
    """The numbers that parameters of a subject hold, or others that were computed from them: those have no name."""

    subject: Subject = NOBODY


def options(value: Value) -> tuple[Value, ...]:
    """The values that this may be, when it is there at all."""
    if not isinstance(value, Choice):
        return (value,)
    return value.options if UNSET not in value.options else tuple(each for each in value.options if each is not UNSET)


def is_none(value: Value) -> bool:
    """Whether this is `None`, and surely so."""
    return isinstance(value, Literal) and value.value is None


def may_be_unset(value: Value) -> bool:
    """Whether some way set nothing here."""
    return value is UNSET or (isinstance(value, Choice) and UNSET in value.options)


def present(value: Value) -> Value:
    """A value that is surely there, for it is being used: of several, those that are no UNSET."""
    if not isinstance(value, Choice) or UNSET not in value.options:
        return value
    held = options(value)
    return held[0] if len(held) == 1 else Choice(value.first_names, value.number, options=held)


def opaque_named(name: str, *, from_call: bool = False) -> Opaque:
    """Something of which no more is known than what it is called."""
    return Opaque(frozenset((name,)), name=name, from_call=from_call)
