"""Where something happens, as either eye observes it: the functions being run, the conditions and loops around."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.intent.unit_tests import is_unit_test

NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Function:
    """A function being run: its name, its file, the class that defines it, and the names of its parameters."""

    name: str
    file: str = ""
    owner: str = ""
    parameters: frozenset[str] = NO_NAMES

    @property
    def is_unit_test(self) -> bool:
        """Whether it is a test itself: its name says test of the code, and not of a model."""
        return is_unit_test(self.name, self.file)


@dataclass(frozen=True, slots=True)
class LoopAround:
    """A loop: the variables that each iteration binds, and whether it goes over what is listed in its own header."""

    variables: frozenset[str] = NO_NAMES
    over_list: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The functions being run and the loops around, outermost first, and the names in the conditions around."""

    functions: tuple[Function, ...] = ()
    conditions: frozenset[str] = NO_NAMES
    loops: tuple[LoopAround, ...] = ()

    @property
    def functions_named(self) -> frozenset[str]:
        """The names of the functions, without those of unit tests."""
        return frozenset(each.name for each in self.functions if each.name and not each.is_unit_test)

    @property
    def owners(self) -> frozenset[str]:
        """The names of the classes whose methods are being run."""
        return frozenset(each.owner for each in self.functions if each.owner)

    @property
    def parameters(self) -> frozenset[str]:
        """The names of what the innermost function is given."""
        return self.functions[-1].parameters if self.functions else NO_NAMES
