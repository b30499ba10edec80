"""Each room knows only those below it, as the imports in the code say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from torchlint.source.paper.detect.detectors import DETECTORS

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = {"torchlint": ROOT, "torchlint_rules": ROOT / "rules"}
VERSION = "torchlint"

KNOWS = {
    # What programs import from there is fetched from its room when it is asked for.
    VERSION: {"api", "live"},
    "facts": set[str](),
    "knowledge": {"facts"},
    "intent": {"facts", "knowledge"},
    "fix": {"facts"},
    "finding": {"facts", "fix"},
    "rule": {"facts", "finding", "fix"},
    "problem": set[str](),
    "judge": {"facts", "finding", "fix", "problem", "rule"},
    "suggestion": set[str](),
    "selection": {"finding", "rule", "suggestion"},
    "source": {"facts", "knowledge", "intent", "problem"},
    # A watch answers in findings: it judges its own facts, by the rules that are installed.
    "live": {"facts", "knowledge", "intent", "finding", "fix", "problem", "rule", "judge", "selection", "report"},
    # Text is read and written in one way, wherever it is edited.
    "edit": {"facts", "fix", "source"},
    "report": {VERSION, "facts", "finding", "fix", "rule", "edit"},
    "cli": {
        VERSION,
        "facts",
        "finding",
        "fix",
        "rule",
        "problem",
        "judge",
        "suggestion",
        "selection",
        "source",
        "edit",
        "live",
        "report",
    },
    "api": {"cli", "finding", "report"},
    "server": {
        VERSION,
        "facts",
        "finding",
        "fix",
        "rule",
        "selection",
        "source",
        "edit",
        "report",
        "cli",
    },
    "pytest_plugin": {"live"},
    "flake8_plugin": {VERSION},
    "__main__": {"cli"},
    "rules": {"facts", "knowledge", "finding", "fix", "rule"},
}
"""Which other rooms each room may import."""

LIVE_KNOWS = {
    "text": set[str](),
    "script": {"text"},
    "stream": {"script", "text"},
    "attach": {"stream"},
    "objects": {"text", "stream"},
    "loops": {"text", "stream", "objects"},
    "models": {"text", "stream", "objects"},
    "health": {"text", "stream", "objects"},
    "ranks": {"text", "stream", "objects"},
    "probing": {"text", "stream", "objects", "attach"},
}
"""The same within the live eye. What stands at its top runs and reports: it may import all of them, and none it."""
PAPER_KNOWS = {
    "domain": set[str](),
    "state": {"domain"},
    "occurrences": {"domain", "state"},
    # What a call of the language does may be a library's doing, and a library calls what it is given.
    "python": {"domain", "state", "occurrences", "models"},
    "models": {"domain", "state", "occurrences", "python"},
    "detect": {"domain", "state", "occurrences", "python", "models"},
}
"""The same within the run on paper."""
READS_SOURCE = {"ast", "linecache", "tokenize", "symtable"}
"""What reads source text; in the live eye, only its room `text` does."""

ONLY_IN = {"libcst": "source", "torch": "live", "torchvision": "live", "pygls": "server", "lsprotocol": "server"}
PAPER = "torchlint.source.paper."
DETECTORS_LISTED = "torchlint.source.paper.detect.detectors"
SLOW = ("libcst.matchers", "libcst.metadata")


def module_name(file: Path) -> str:
    """The dotted name under which a file is imported."""
    base = next(base for base in SOURCE_ROOTS.values() if file.is_relative_to(base / _package(file)))
    parts = file.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _package(file: Path) -> str:
    return "torchlint_rules" if "torchlint_rules" in file.parts else "torchlint"


MODULES = {
    module_name(file): file for package, base in SOURCE_ROOTS.items() for file in sorted((base / package).rglob("*.py"))
}


def room_of(module: str) -> str:
    """The room that a module of ours lies in; `torchlint_rules` is one room."""
    package, _, rest = module.partition(".")
    if package == "torchlint_rules":
        return "rules"
    return rest.partition(".")[0] or VERSION


def live_room_of(module: str) -> str | None:
    """The room within the live eye that a module lies in, empty at its top; None for what is not of the live eye."""
    if module != "torchlint.live" and not module.startswith("torchlint.live."):
        return None
    room = module.removeprefix("torchlint.live").removeprefix(".").partition(".")[0]
    return room if room in LIVE_KNOWS else ""


def paper_room_of(module: str) -> str | None:
    """The room within the run on paper that a module lies in; None for what is not in one."""
    room = module.removeprefix(PAPER).partition(".")[0] if module.startswith(PAPER) else ""
    return room if room in PAPER_KNOWS else None


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


def imported(module: str, nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """The line and dotted name of everything that these nodes import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield node.lineno, inner if inner in MODULES or base in SLOW or inner in SLOW else base


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = MODULES[module].name == "__init__.py"
    above = module.split(".")[: -node.level + is_package or None]
    return ".".join([*above, *([node.module] if node.module else [])])


def at_import(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported."""
    for statement in block:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        yield statement
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            yield from at_import(statement.orelse)
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from at_import(getattr(statement, name, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from at_import(handler.body)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_rooms_that_its_room_may_know(module: str) -> None:
    room = room_of(module)
    assert room in KNOWS, f"{room} is a new room: say in KNOWS which rooms it may know"
    wrong = []
    for line, name in imported(module, ast.walk(tree_of(module))):
        top = name.partition(".")[0]
        if top in SOURCE_ROOTS and room_of(name) not in {room, *KNOWS[room]}:
            wrong.append(f"{MODULES[module]}:{line}: {room} may not know {room_of(name)} ({name})")
        if top in ONLY_IN and room != ONLY_IN[top]:
            wrong.append(f"{MODULES[module]}:{line}: only {ONLY_IN[top]} imports {top}")
        if name.startswith(SLOW):
            wrong.append(f"{MODULES[module]}:{line}: {name} is too slow to import")
    assert not wrong, "\n".join(wrong)


LIVE = {module: room for module in MODULES if (room := live_room_of(module)) is not None}


@pytest.mark.parametrize("module", LIVE)
def test_the_rooms_of_the_live_eye_have_an_order(module: str) -> None:
    room = LIVE[module]
    wrong = []
    for line, name in imported(module, ast.walk(tree_of(module))):
        if room in LIVE_KNOWS and name in LIVE and LIVE[name] not in {room, *LIVE_KNOWS[room]}:
            wrong.append(f"{MODULES[module]}:{line}: {room} may not know {LIVE[name] or 'the top'} ({name})")
        if room != "text" and name in READS_SOURCE:
            wrong.append(f"{MODULES[module]}:{line}: only the room text reads source, by {name}")
    assert not wrong, "\n".join(wrong)


PAPER_ROOMS = {module: room for module in MODULES if (room := paper_room_of(module)) is not None}


@pytest.mark.parametrize("module", PAPER_ROOMS)
def test_the_rooms_of_the_run_on_paper_have_an_order(module: str) -> None:
    room = PAPER_ROOMS[module]
    wrong = [
        f"{MODULES[module]}:{line}: {room} may not know {PAPER_ROOMS[name]} ({name})"
        for line, name in imported(module, ast.walk(tree_of(module)))
        if name in PAPER_ROOMS and PAPER_ROOMS[name] not in {room, *PAPER_KNOWS[room]}
    ]
    inside = [
        f"{MODULES[module]}:{node.lineno}: imported inside a function"
        for function in ast.walk(tree_of(module))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert not [*wrong, *inside], "\n".join([*wrong, *inside])


def test_every_room_of_the_run_on_paper_has_its_place_in_the_order() -> None:
    rooms = {folder.parent.name for folder in (ROOT / "torchlint" / "source" / "paper").glob("*/__init__.py")}
    assert rooms == PAPER_KNOWS.keys(), "say in PAPER_KNOWS which rooms a new one may know"


def test_every_room_of_the_live_eye_has_its_place_in_the_order() -> None:
    rooms = {folder.parent.name for folder in (ROOT / "torchlint" / "live").glob("*/__init__.py")}
    assert rooms | {"script"} == LIVE_KNOWS.keys(), "say in LIVE_KNOWS which rooms a new one may know"


def test_no_module_needs_itself_to_be_imported() -> None:
    """Whichever module is imported first, what it needs is there: nothing hangs on the order."""
    needs = {
        module: {name for _, name in imported(module, at_import(tree_of(module).body)) if name in MODULES}
        for module in MODULES
    }
    for module in MODULES:
        reached: set[str] = set()
        waiting = list(needs[module])
        while waiting:
            each = waiting.pop()
            assert each != module, f"{MODULES[module]} is imported on its own way: import it inside a function"
            if each not in reached:
                reached.add(each)
                waiting += needs[each]


def test_a_rule_knows_no_other_rule() -> None:
    between = [
        f"{module} imports {name}"
        for module in MODULES
        if room_of(module) == "rules"
        for _, name in imported(module, ast.walk(tree_of(module)))
        if name.startswith("torchlint_rules")
    ]
    assert not between, "\n".join(between)


def test_nobody_knows_a_detector() -> None:
    """Neither what tells detectors nor another detector: they meet in what happens, and in the list of them all."""
    detecting = {detector.__module__ for detector in DETECTORS}
    knowing = [
        f"{MODULES[module]}:{line}: {name}"
        for module in MODULES
        if module != DETECTORS_LISTED
        for line, name in imported(module, ast.walk(tree_of(module)))
        if name in detecting
    ]
    assert not knowing, "\n".join(knowing)


DECIDES_BY_WORDS = {"torchlint.knowledge.purposes", "torchlint.intent.naming"}
OF_ONE_EYE = {
    "is_named_for_it": "a run shows evaluation by its loop, paper also by a function that measures all data at once",
    "is_held_out_of": "a run sees what a line calls the data that it gives to a model outside of all loops",
    "is_named_as_part": "statistics before a split are found on paper alone",
    "mention_training": "statistics before a split are found on paper alone",
    "is_named_for_training": "a run knows by identity which dataset a loader trains on",
    "is_named_for_evaluation": "a run knows by the loader what a pipeline is for, and goes over no data by number",
    "is_for_evaluation_alone": "a run knows by the loader what a pipeline is for",
    "is_unit_test": "on paper, every function is a program that somebody may start",
    "is_stopped_by_name": "which parameters a gradient reaches is probed in a run alone",
    "samples_by_name": "whether one input gives two outputs is seen in a run alone",
    "choose_mode": "which callers never meet a condition is seen on paper alone, where each is followed",
}
"""Questions that one eye alone asks, for it alone makes the facts that they bear on."""


def test_neither_eye_decides_what_is_meant() -> None:
    """What a name says about purpose is asked of one room, which both eyes give what they observe."""
    asking = [
        f"{MODULES[module]}:{line}: {name}"
        for module in MODULES
        if room_of(module) != "intent"
        for line, name in imported(module, ast.walk(tree_of(module)))
        if name in DECIDES_BY_WORDS
    ]
    assert not asking, f"these read the words themselves, and are to ask torchlint.intent: {asking}"


def test_both_eyes_ask_what_is_meant() -> None:
    """A question that one eye alone asks is an exemption of its own, unless the other makes no such fact."""
    asked = {room: set(_questions(room)) for room in ("source", "live")}
    assert asked["source"] ^ asked["live"] == OF_ONE_EYE.keys(), "say in OF_ONE_EYE why only one eye asks"


def _questions(room: str) -> Iterator[str]:
    """The functions of the room `intent` that a room asks."""
    for module in MODULES:
        for node in ast.walk(tree_of(module)) if room_of(module) == room else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torchlint.intent."):
                yield from (alias.name for alias in node.names if alias.name.islower())


CODE = re.compile(r"\bTL\d")


def test_no_engine_knows_the_code_of_a_rule() -> None:
    """What is looked for follows from the facts that the selected rules want."""
    knowing = [
        f"{MODULES[module]}:{node.lineno}: {node.value!r}"
        for module in LIVE
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.search(node.value)
    ]
    assert not knowing, "\n".join(knowing)


def test_the_command_starts_without_libcst_and_torch() -> None:
    """Nothing that is imported on the way to the command imports them, unless inside a function."""
    known = {"torchlint.cli.main"}
    waiting = sorted(known)
    while waiting:
        module = waiting.pop()
        for line, name in imported(module, at_import(tree_of(module).body)):
            assert name.partition(".")[0] not in ONLY_IN, f"{MODULES[module]}:{line} imports {name} at once"
            if name in MODULES and name not in known:
                known.add(name)
                waiting.append(name)
    assert "torchlint.rule" in known
