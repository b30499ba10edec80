"""The vocabulary is in use: an eye makes every fact, something reads every field, and every table is asked.

Reads are found by the name of the field alone: two facts with a field of one name vouch for each other.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest

from torchlint.rule import load_rules

ROOT = Path(__file__).parents[2]
EYES = ("torchlint/source", "torchlint/live")
READERS = ("rules", "torchlint/facts", "torchlint/judge.py", "torchlint/report", "torchlint/cli")
OF_AN_EYE = {
    "Site.part": "from it the source eye works out the exact column",
    "Dataset.names": "from them both eyes judge what a dataset is for",
}
"""Fields that are read, but only by those who make them."""


def modules(*places: str) -> Iterator[ast.Module]:
    for place in places:
        path = ROOT / place
        yield from map(_tree, sorted(path.rglob("*.py")) if path.is_dir() else [path])


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@dataclass(frozen=True)
class Vocable:
    """A dataclass of the vocabulary: its bases, and its own fields with their defaults."""

    name: str
    bases: tuple[str, ...]
    own: dict[str, ast.expr | None]
    numbers: frozenset[str]

    @property
    def fields(self) -> dict[str, ast.expr | None]:
        """All fields, those of the bases first, as the constructor takes them."""
        inherited = {name: default for base in self.bases for name, default in VOCABULARY[base].fields.items()}
        return {**inherited, **self.own}

    def is_a(self, name: str) -> bool:
        return self.name == name or any(VOCABULARY[base].is_a(name) for base in self.bases)


def _vocabulary() -> Iterator[Vocable]:
    for module in modules("torchlint/facts"):
        for node in module.body:
            if not isinstance(node, ast.ClassDef) or not any("dataclass" in ast.dump(d) for d in node.decorator_list):
                continue
            fields = [
                (each.target.id, each.value, ast.unparse(each.annotation))
                for each in node.body
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
            ]
            yield Vocable(
                node.name,
                tuple(base.id for base in node.bases if isinstance(base, ast.Name)),
                {name: default for name, default, _ in fields if not name.startswith("_")},
                frozenset(name for name, _, kind in fields if kind.startswith(("int", "float"))),
            )


VOCABULARY = {each.name: each for each in _vocabulary()}
BASES = {base for each in VOCABULARY.values() for base in each.bases}
MADE = [each for each in VOCABULARY.values() if each.name not in BASES]


def _given() -> Iterator[tuple[str, str, ast.expr | None]]:
    """Class, field and value of everything that an eye says; None for what cannot be told, as after `**`."""
    for module in modules(*EYES, "torchlint/facts"):
        for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            keywords = {each.arg: each.value for each in call.keywords}
            if name == "replace":
                yield from (
                    (each.name, field, keywords[field])
                    for each in VOCABULARY.values()
                    for field in each.fields
                    if field in keywords
                )
            elif name in VOCABULARY:
                fields = VOCABULARY[name].fields
                known = None not in keywords and not any(isinstance(each, ast.Starred) for each in call.args)
                given = {**fields, **dict(zip(fields, call.args, strict=False)), **keywords}
                yield from ((name, field, given[field] if known else None) for field in fields)


GIVEN: dict[tuple[str, str], list[ast.expr | None]] = defaultdict(list)
for _name, _field, _value in _given():
    GIVEN[_name, _field].append(_value)


@pytest.mark.parametrize("fact", MADE, ids=lambda fact: fact.name)
def test_something_makes_it_and_something_asks_for_it(fact: Vocable) -> None:
    if fact.name != "Evidence":  # Facts make it of themselves.
        assert fact.name in CALLED, f"no eye ever makes a {fact.name}"
    if fact.is_a("Fact"):
        asked = any(fact.is_a(name) for name in WANTED) or (fact.is_a("Event") and fact.name in DISTINGUISHED)
        assert asked, f"nothing asks for a {fact.name}"


NODES = [node for module in modules(*EYES, *READERS) for node in ast.walk(module)]
CALLED = {node.func.id for node in NODES if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
WANTED = {check.wants.__name__ for rule in load_rules().values() for check in rule.checks}


def _distinguished() -> Iterator[str]:
    """The names in `isinstance(event, Step)`, `way.of(Step)`, `(Backward, Step)` and `case Step():`."""
    for node in NODES:
        match node:
            case ast.Call(args=held) | ast.Tuple(elts=held):
                yield from (each.id for each in held if isinstance(each, ast.Name))
            case ast.MatchClass(cls=ast.Name(id=name)):
                yield name


DISTINGUISHED = set(_distinguished())


@pytest.mark.parametrize("fact", VOCABULARY.values(), ids=lambda fact: fact.name)
def test_a_field_is_not_always_the_same(fact: Vocable) -> None:
    for field in fact.own:
        heirs = [each.name for each in VOCABULARY.values() if each.is_a(fact.name)]
        values = [value for heir in heirs for value in GIVEN[heir, field]]
        texts = {ast.unparse(value) if _is_constant(value) else "" for value in values}
        assert len(texts) != 1 or "" in texts, f"{fact.name}.{field} is always {texts.pop()}: it says nothing"


def _is_constant(value: ast.expr | None) -> TypeGuard[ast.expr]:
    """Whether an expression is the same wherever it stands: `No`, `Range.RAW`, `3`, `"mean"`, `()`."""
    match value:
        case ast.Constant() | ast.Tuple(elts=[]):
            return True
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)):
            return name[0].isupper()
    return False


@pytest.mark.parametrize("fact", VOCABULARY.values(), ids=lambda fact: fact.name)
def test_something_reads_every_field(fact: Vocable) -> None:
    evidence = fact.numbers if fact.is_a("Measured") or fact.name == "Features" else frozenset()
    unread = [field for field in fact.own if field not in READ | evidence and f"{fact.name}.{field}" not in OF_AN_EYE]
    assert not unread, f"no rule or report ever reads {', '.join(unread)} of {fact.name}"


def _read() -> Iterator[str]:
    for module in modules(*READERS):
        for node in ast.walk(module):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.MatchClass):
                yield from node.kwd_attrs


READ = frozenset(_read())


def _defined(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def test_every_table_is_asked() -> None:
    used = {
        name
        for module in modules("torchlint", "rules")
        for node in ast.walk(module)
        for name in (
            [node.id]
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            else [node.attr]
            if isinstance(node, ast.Attribute)
            else []
        )
    }
    dead = {
        name
        for module in modules("torchlint/knowledge")
        for statement in module.body
        for name in _defined(statement)
        if name not in used
    }
    assert not dead, f"nothing asks for {', '.join(sorted(dead))}"
