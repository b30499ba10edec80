"""What is known of the frameworks around torch, held against their source: it is read, and nothing of it is imported.

So `pip install --no-deps` is enough; `.ci/run` puts them into a folder of their own.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from torchlint.knowledge.frameworks import FRAMEWORK_OBJECTS, HOOKS, LOADER_HOOKS, MODULE_BASES, SETS_UP
from torchlint.knowledge.optimizers import OPTIMIZERS_ELSEWHERE, SCHEDULERS_ELSEWHERE
from torchlint.knowledge.training import LAUNCHERS, SEEDS
from torchlint.source.paper.domain.values import Kind
from torchlint.source.paper.models.declaration import ANY, positions_in
from torchlint.source.paper.models.registry import METHODS

PACKAGES = ("lightning", "accelerate", "ignite", "timm")
Definition = ast.FunctionDef | ast.ClassDef


@cache
def root_of(package: str) -> Path | None:
    """The folder of an installed package."""
    spec = find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


@cache
def definitions_in(package: str) -> Mapping[str, Sequence[Definition]]:
    """All functions and classes of a package, by their names."""
    found: dict[str, list[Definition]] = defaultdict(list)
    root = root_of(package)
    for file in sorted(root.rglob("*.py")) if root is not None else ():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name].append(node)
    return found


def is_there(dotted: str) -> bool:
    """Whether the module of a dotted name mentions it, or imports all that is defined elsewhere in its package."""
    module, _, name = dotted.rpartition(".")
    package, *inner = module.split(".")
    root = root_of(package)
    assert root is not None
    base = root.joinpath(*inner)
    text = "".join(
        file.read_text("utf-8") for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()
    )
    defined = name in definitions_in(package)
    # A class is no module: what is asked of one is its method.
    return re.search(rf"\b{name}\b", text) is not None or (defined and ("import *" in text or not text))


def parameters_of(dotted: str) -> Sequence[str]:
    """The parameters of a function of a package."""
    package, _, name = dotted.partition(".")[0], None, dotted.rpartition(".")[2]
    (function,) = (each for each in definitions_in(package)[name] if isinstance(each, ast.FunctionDef))
    return [each.arg for each in (*function.args.posonlyargs, *function.args.args)]


def methods_of(package: str, name: str) -> Mapping[str, ast.FunctionDef]:
    """The methods of a class and of its bases in the package."""
    found: dict[str, ast.FunctionDef] = {}
    for owner in definitions_in(package)[name]:
        if isinstance(owner, ast.ClassDef):
            for base in owner.bases:
                known = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
                if known in definitions_in(package) and known != name:
                    found |= methods_of(package, known)
            found |= {each.name: each for each in owner.body if isinstance(each, ast.FunctionDef)}
    return found


def of_package(package: str, names: frozenset[str] | dict[str, object]) -> list[str]:
    return sorted(name for name in names if name.startswith(f"{package}."))


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if root_of(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


def test_what_is_known_by_name_is_there(package: str) -> None:
    known = FRAMEWORK_OBJECTS | MODULE_BASES | SEEDS | OPTIMIZERS_ELSEWHERE | SCHEDULERS_ELSEWHERE.keys()
    gone = {"lightning.pytorch.core.LightningModule", "lightning.Fabric.seed_everything"}
    assert [name for name in of_package(package, known) if name not in gone and not is_there(name)] == []


def test_launchers_take_what_they_run_where_it_is_looked_for(package: str) -> None:
    for launcher in LAUNCHERS:
        if launcher.name.startswith(f"{package}."):
            for name, position in filter(None, (launcher.function, launcher.arguments)):
                assert parameters_of(launcher.name)[position] == name


def test_lightning_calls_what_it_is_said_to_call() -> None:
    if root_of("lightning") is None:
        pytest.skip("lightning is not installed")
    known = methods_of("lightning", "LightningModule")
    assert {*HOOKS, *LOADER_HOOKS, *SETS_UP} - known.keys() == {"validation_epoch_end", "test_epoch_end"}


def test_the_methods_of_frameworks_are_methods_of_one() -> None:
    owners = {"lightning": ("Trainer", "Fabric"), "accelerate": ("Accelerator",), "ignite": ("Engine",)}
    missing = [name for name in owners if root_of(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    known: dict[str, list[ast.FunctionDef]] = defaultdict(list)
    for framework, classes in owners.items():
        for each in classes:
            for name, method in methods_of(framework, each).items():
                known[name].append(method)
    of_modules = {"manual_backward", "clip_gradients", "train", "evaluate"}  # And of the Trainer of Transformers.
    for model in METHODS:
        if Kind.FRAMEWORK in model.owners and model.names != {"set_epoch"}:
            assert {name for name in model.names - known.keys() if name != ANY} <= of_modules
            for name in model.names & known.keys():
                orders = [[each.arg for each in method.args.args[1:]] for method in known[name]]
                assert any(_agrees(model.takes, order) for order in orders), name


def _agrees(takes: str, order: Sequence[str]) -> bool:
    return all(
        name in order[position : position + 1] for name, position in positions_in(takes).items() if position is not None
    )
