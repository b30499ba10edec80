"""What a rule is: its metadata, the check over one kind of fact, and the page in its docstring."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.finding import Related, Severity
from torchlint.fix import Fix

ENTRY_POINT = "torchlint.rules"
BUILT_IN = "torchlint_rules"
SECTIONS = (
    "What it finds",
    "Why it is bad",
    "Example",
    "Use instead",
    "What stays silent",
    "Fix safety",
    "Source",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """The metadata of a rule, as in the catalogue; each rule's module holds one as `RULE`.

    `eyes` is "S" (source), "L" (live) or "SL"; `fix` is "safe", "unsafe" or "-".
    """

    code: str
    name: str
    severity: Severity
    eyes: str = "SL"
    default: bool = True
    fix: str = "-"


@dataclass(frozen=True, slots=True)
class Violation:
    """What a check yields. `severity` is given only where it differs from the rule's own.

    `cause` is a place that explains it: where a finding stands there, this becomes a note of that one. `fix` is what
    would mend it, where that is known.
    """

    site: Site
    message: str
    instead: str
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    cause: Site | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Abstention:
    """What a check yields where a fact is right by chance: it neither objects, nor frees others at the same place."""

    site: Site


@dataclass(frozen=True, slots=True)
class Check:
    """One function of a rule's module, and the kind of fact that it judges."""

    wants: type[Fact]
    violations: Callable[[Any], Iterable[Violation | Abstention]]


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule with what its module says: its page, and its checks, each of which objects to one mistake.

    Rules about the linting itself have no check: the room that meets the problem reports it.
    """

    rule: Rule
    page: str
    checks: tuple[Check, ...]

    def wants(self, kind: type[Fact]) -> bool:
        """Whether it judges facts of a kind."""
        return any(issubclass(kind, check.wants) for check in self.checks)

    @property
    def summary(self) -> str:
        """The first sentence of "What it finds"."""
        text = " ".join(self.section("What it finds").split())
        return text.split(". ")[0].rstrip(".") + "."

    def section(self, title: str) -> str:
        """The text under a heading of the page, empty if there is none."""
        _, found, rest = self.page.partition(f"## {title}\n")
        return rest.partition("\n## ")[0].strip() if found else ""


class BrokenRules(Exception):
    """A package offers rules that cannot be loaded: the message names it, and what is wrong."""


def load_rules() -> dict[str, LoadedRule]:
    """Every installed rule by code, built-in or from another package, through the entry point."""
    loaded: dict[str, LoadedRule] = {}
    # Ours come first, so that of two rules with one code the other one is named as wrong.
    for point in sorted(entry_points(group=ENTRY_POINT), key=lambda point: point.value != BUILT_IN):
        with _blaming(_source(point)):
            for module in rule_modules(point.load()):
                _add(load(module), loaded)
    return dict(sorted(loaded.items()))


def with_folder(rules: Mapping[str, LoadedRule], folder: str) -> dict[str, LoadedRule]:
    """These rules, and those of the Python files in a folder, at any depth; the code of these files is run."""
    loaded = dict(rules)
    with _blaming(f"the rules in {folder}"):
        if not Path(folder).is_dir():
            raise NotADirectoryError("there is no such folder")
        found = [load(module) for module in _modules_in(Path(folder).absolute()) if hasattr(module, "RULE")]
        if not found:
            raise LookupError("no Python file there has a RULE")
        for rule in found:
            _add(rule, loaded)
    return dict(sorted(loaded.items()))


def rule_modules(package: ModuleType) -> Iterator[ModuleType]:
    """The modules of a package, at any depth, that define a `RULE`."""
    if not hasattr(package, "__path__"):
        raise TypeError(f"{package!r} is no package of rules")
    for entry in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        module = import_module(entry.name)
        if hasattr(module, "RULE"):
            yield module


def load(module: ModuleType) -> LoadedRule:
    """Read a rule's module: `check`, or several functions `check_...`, are its checks, in order.

    Raises TypeError if its `RULE` is none, or if a check does not say which fact it wants.
    """
    if not isinstance(module.RULE, Rule):
        raise TypeError(f"{module.__name__}.RULE must be a Rule, not {type(module.RULE).__name__}")
    checks = (value for name, value in vars(module).items() if name == "check" or name.startswith("check_"))
    return LoadedRule(module.RULE, inspect.cleandoc(module.__doc__ or ""), tuple(map(_check, checks)))


def _add(rule: LoadedRule, loaded: dict[str, LoadedRule]) -> None:
    twin = loaded.get(rule.rule.code)
    if twin is not None and twin.rule.name != rule.rule.name:
        raise ValueError(f"{rule.rule.code} names two rules: {twin.rule.name} and {rule.rule.name}")
    loaded[rule.rule.code] = rule


def _modules_in(folder: Path) -> Iterator[ModuleType]:
    """The Python files of a folder as modules of one package, so that they can import each other by `from .`."""
    name = f"torchlint_rules_{sha256(str(folder).encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = module_from_spec(spec)
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        if not any(part.startswith(".") for part in parts):
            yield import_module(".".join((name, *(part for part in parts if part != "__init__"))))


@contextmanager
def _blaming(source: str) -> Iterator[None]:
    """Whatever goes wrong here is said of the one whose rules these are."""
    try:
        yield
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise BrokenRules(f"{source} cannot be loaded: {said}") from error


def _source(point: EntryPoint) -> str:
    """Where rules come from, as the one who installed them can look for it."""
    package = f'the package "{point.dist.name}"' if point.dist is not None else "an installed package"
    return f"the rules of {package} (entry point {point.name} = {point.value})"


def _check(function: Callable[..., Iterable[Violation | Abstention]]) -> Check:
    parameter = next(iter(inspect.signature(function).parameters), "")
    wants = get_type_hints(function).get(parameter)
    if not (isinstance(wants, type) and issubclass(wants, Fact)):
        raise TypeError(f"{function.__module__}.{function.__name__} must take one kind of fact, not {wants}")
    return Check(wants, function)
