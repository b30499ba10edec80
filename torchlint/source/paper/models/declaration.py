"""What a model of an installed package is: what it answers for, what that takes, and what calling it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TypeVar

from torchlint.facts.answer import Answer, Unknown, Yes
from torchlint.facts.event import Event
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import UNSET, Arguments, Kind, Literal, Opaque, Thing, Value
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.python.machine import Machine


@lru_cache(maxsize=1024)
def positions_in(takes: str) -> Mapping[str, int | None]:
    """Where each parameter stands, of those that are written as `def` writes them; None behind a `*`."""
    before, _, behind = takes.partition("*")
    positions: dict[str, int | None] = {name: position for position, name in enumerate(_names(before))}
    return positions | dict.fromkeys(_names(behind), None)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a model answers: what is called, of which object, with what, and where.

    `name` is the dotted name of a function, and of a method its own.
    """

    machine: Machine
    name: str
    arguments: Arguments
    site: Site
    receiver: Value = UNSET
    model: Model | None = None

    @property
    def last(self) -> str:
        """The last word of the name."""
        return self.name.rpartition(".")[2]

    @property
    def via(self) -> tuple[Site, ...]:
        """The calls that led here."""
        return tuple(self.machine.via)

    @property
    def thing(self) -> Thing:
        """The object whose method is called, where a model is asked only about objects."""
        assert isinstance(self.receiver, Thing)
        return self.receiver

    @property
    def first(self) -> Value | None:
        """The first argument that is given by position."""
        return self.arguments.positional[0] if self.arguments.positional else None

    @property
    def takes(self) -> str:
        """The parameters that the model asks for."""
        return self.model.takes if self.model is not None else ""

    def given(self, name: str) -> Value | None:
        """The argument that is given for a parameter."""
        return self.arguments.get(name, positions_in(self.takes)[name])

    def says(self, name: str, *, default: Answer) -> Answer:
        """Whether the argument for a parameter is true: as its default says where none is given."""
        given = self.given(name)
        if given is None:
            return Unknown if self.arguments.may_give(name) else default
        return Answer.of(bool(given.value)) if isinstance(given, Literal) else Unknown

    def emit(self, event: Event) -> None:
        """An event of the run happens here."""
        self.machine.happen(event)

    def build(self, mode: Answer = Yes) -> Thing:
        """An object of the kind that the model says, of the class that is called; a model is in that mode."""
        assert self.model is not None and self.model.builds is not None
        made = Thing(
            kind=self.model.builds,
            dotted=self.name,
            arguments=self.arguments,
            site=self.site,
            via=self.via,
            mode_at_birth=mode,
        )
        self.machine.objects.all.append(made)
        self.machine.memory.effects += 1
        self.machine.tell(Built(made))
        return made


Source = Callable[[Call], "Value | None"]
"""Where a declaration takes a value from."""
Code = TypeVar("Code", bound=Source)


def arg(name: str) -> Source:
    """What is given for a parameter."""
    return lambda call: call.given(name)


def first(call: Call) -> Value | None:
    """The first argument that is given by position."""
    return call.first


def receiver(call: Call) -> Value:
    """The object whose method is called."""
    return call.receiver


@dataclass(frozen=True, slots=True)
class Emission:
    """An event or another fact that a call makes; where `make` is None, the model's own code makes it."""

    kind: type[Fact]
    make: Callable[[Call], Event] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a call does: the event that it makes, then what it gives.

    That is what `gives` says, an object of the kind that it `builds`, or something of which nothing is known. A model
    answers only where `when` holds.
    """

    takes: str = ""
    when: Callable[[Call], bool] | None = None
    emits: Emission | None = None
    builds: Kind | None = None
    gives: Source | None = None

    def answer(self, asked: Call) -> Value:
        """Do what the call does."""
        call = Call(asked.machine, asked.name, asked.arguments, asked.site, asked.receiver, self)
        if self.emits is not None and self.emits.make is not None:
            call.emit(self.emits.make(call))
        if self.gives is not None:
            return self.gives(call) or Opaque()
        return call.build() if self.builds is not None else Opaque()


def _words(names: str | Iterable[str]) -> frozenset[str]:
    return frozenset(names.split() if isinstance(names, str) else names)


@dataclass(frozen=True, slots=True)
class Function(Model):
    """A function or class by its dotted names, or by the last words of them `within` packages.

    There, `*` stands for any text: `within="torch.nn torch.*.nn"`.
    """

    named: str | Iterable[str]
    within: str = ""
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _words(self.named))

    def covers(self, dotted: str) -> bool:
        """Whether a dotted name is one of a family that is known by its last word and its package."""
        package, _, last = dotted.rpartition(".")
        return (last in self.names or any(fnmatchcase(last, each) for each in self.names if "*" in each)) and any(
            fnmatchcase(package, each) for each in self.within.split()
        )


ANY = "*"
"""Stands for every method that has no model of its own."""


@dataclass(frozen=True, slots=True)
class Method(Model):
    """Methods of objects of some kinds, or of a type of value, by their names."""

    of: Kind | type[Value] | tuple[Kind | type[Value], ...]
    named: str | Iterable[str]
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _words(self.named))

    @property
    def owners(self) -> tuple[Kind | type[Value], ...]:
        """What has the methods."""
        return self.of if isinstance(self.of, tuple) else (self.of,)


class Models:
    """What one file says of a package: its models, in the order in which they are asked."""

    def __init__(self) -> None:
        self.functions: list[Function] = []
        self.methods: list[Method] = []

    def declare(self, *models: Function | Method) -> None:
        """Add models."""
        for each in models:
            (self.functions if isinstance(each, Function) else self.methods).append(each)  # type: ignore[arg-type]

    def function(
        self,
        named: str | Iterable[str],
        takes: str = "",
        *,
        within: str = "",
        when: Callable[[Call], bool] | None = None,
        emits: type[Fact] | None = None,
        builds: Kind | None = None,
    ) -> Callable[[Code], Code]:
        """Make a function of ours the model of theirs."""

        def add(code: Code) -> Code:
            emission = Emission(emits) if emits is not None else None
            self.functions.append(
                Function(named, within, takes=takes, when=when, emits=emission, builds=builds, gives=code)
            )
            return code

        return add

    def method(
        self,
        of: Kind | type[Value] | tuple[Kind | type[Value], ...],
        named: str | Iterable[str],
        takes: str = "",
        *,
        when: Callable[[Call], bool] | None = None,
        emits: type[Fact] | None = None,
    ) -> Callable[[Code], Code]:
        """Make a function of ours the model of a method of theirs."""

        def add(code: Code) -> Code:
            emission = Emission(emits) if emits is not None else None
            self.methods.append(Method(of, named, takes=takes, when=when, emits=emission, gives=code))
            return code

        return add
