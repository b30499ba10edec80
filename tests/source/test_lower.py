import ast
import pickle
from dataclasses import fields, is_dataclass
from pathlib import Path

import libcst
import pytest

from torchlint.source import syntax
from torchlint.source.lower import lower
from torchlint.source.lower_literal import number, string

SAMPLE = ["asyncio/base_events", "dataclasses", "textwrap", "argparse", "tokenize"]
SAME = {"AnnAssign": "Assign", "AugAssign": "Augment", "Expr": "Evaluate", "Break": "Jump",
        "Continue": "Jump",
        "Global": "Outer", "Nonlocal": "Outer", "FunctionDef": "Function", "AsyncFunctionDef": "Function",
        "AsyncFor": "For", "AsyncWith": "With", "ClassDef": "Class", "TryStar": "Try", "TypeAlias": "Assign",
        }  # fmt: skip


def summary(text: str) -> syntax.Summary:
    return lower(libcst.parse_module(text), "a.py", text)


def inside(node: object, kind: type | tuple[type, ...]) -> list:  # type: ignore[type-arg]
    found = [node] if isinstance(node, kind) else []
    if isinstance(node, (list, tuple)):
        return found + [each for child in node for each in inside(child, kind)]
    if is_dataclass(node):
        return found + [each for field in fields(node) for each in inside(getattr(node, field.name), kind)]
    return found


def lowered_lines(text: str) -> list[tuple[str, int]]:
    kinds = syntax.Statement.__args__  # type: ignore[attr-defined]
    return sorted((type(node).__name__, node.line) for node in inside(summary(text).body, kinds))


def expected_lines(text: str) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt) or isinstance(node, ast.Pass) or _is_text(node):
            continue
        name = type(node).__name__
        found.append((SAME.get(name, name), node.lineno))
    return sorted(found)


def _is_text(node: object) -> bool:
    if isinstance(node, ast.stmt):
        return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), (str, bytes))
    return False


WHILE = """
while True:
    try:
        x, y = next(batches)
    except StopIteration:
        break
    train(x, y)
"""


def test_taking_the_next_until_there_is_none_is_a_for() -> None:
    assert summary(WHILE).body == [*summary("\nfor x, y in batches:\n\n\n\n\n    train(x, y)\n").body]


@pytest.mark.parametrize("before", ["    log(step)\n    try", "    if first:\n        start = now()\n    try"])
def test_what_a_pass_does_before_it_takes_the_next_does_not_matter(before: str) -> None:
    assert isinstance(summary(WHILE.replace("    try", before)).body[0], syntax.For)
    assert isinstance(summary(WHILE.replace("    try", before.replace("log(step)", "log(x)"))).body[0], syntax.For) is (
        "log" not in before
    )


def test_the_next_may_be_taken_in_a_with() -> None:
    inner = WHILE.replace("    ", "        ").replace("while True:", "while True:\n    with profiled():")
    (loop,) = summary(inner).body
    assert isinstance(loop, syntax.For)
    assert [type(each) for each in loop.body] == [syntax.With]


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("StopIteration", "KeyError"),
        ("True", "going_on"),
        ("break", "batches = iter(loader)"),
        ("train(x, y)", "train(next(batches), y)"),
        ("train(x, y)", "batches = longer(y)"),
        ("next(batches)", "next(batches, None)"),
        ("next(batches)", "next(iter(loader))"),
    ],
)
def test_any_other_while_is_none(part: str, other: str) -> None:
    assert isinstance(summary(WHILE.replace(part, other)).body[0], syntax.While)


@pytest.mark.parametrize("name", SAMPLE)
def test_every_statement_of_the_standard_library_has_its_line(name: str) -> None:
    text = (Path(ast.__file__).parent / f"{name}.py").read_bytes().decode()
    assert lowered_lines(text) == expected_lines(text)


ODD = '''# header
\f
@a(
  1)

# between
@b
def f(x: int = g(
        1), *, y=(
        2)) -> h(
        3): return [
        4]

if a and \\
   b: c(); d(
    e); f()
else: \\
    g()
x = """
""" ; y = (
    1
    # comment

); z = f"""
{a
}"""
try: a()
except (A,
        B) as e: b()
finally:

    c()
    # footer
# footer too
with (open(a) as b,
      open(c)): pass
match x:
    # first
    case [1, *rest] if f(
        rest): a()

    case {"k": v, **more}: b()
    case 3: c()
class A(
    B, c=d()
): x = 1
'''


def test_odd_layouts_have_their_lines() -> None:
    assert lowered_lines(ODD) == expected_lines(ODD)
    assert lowered_lines(ODD.replace("\n", "\r\n")) == expected_lines(ODD)


def test_calls_are_numbered_from_the_outside_in_the_order_of_the_text() -> None:
    body = summary("a(b(c), d=e())(f()); g(lambda: h())\nx = i() if j() else k()\nl(f'{m():{n()}}')\n").body
    names = {}
    for call in inside(body, syntax.Call):
        function = call.function
        names[getattr(function, "id", "outer")] = (call.line, call.part)
    assert names == {
        "outer": (1, 0), "a": (1, 1), "b": (1, 2), "e": (1, 3), "f": (1, 4), "g": (1, 5), "h": (1, 6),
        "i": (2, 0), "j": (2, 1), "k": (2, 2), "l": (3, 0), "m": (3, 1), "n": (3, 2),
    }  # fmt: skip


def test_no_two_calls_share_a_number() -> None:
    calls = [(call.line, call.part) for call in inside(summary(ODD).body, syntax.Call)]
    assert len(calls) == len(set(calls))


def test_words_are_those_of_all_that_is_nested() -> None:
    function = summary("def f(a):\n    def g():\n        b.c(d=1)\n    return g\n").body[0]
    assert isinstance(function, syntax.Function)
    assert {"a", "b", "c", "d", "g"} <= function.words
    assert summary("def f(a):\n    b.c(d=1)\n").words == {"f", "a", "b", "c", "d"}


def test_generators_are_told_from_functions_around_them() -> None:
    outer = summary("def f():\n    def g():\n        yield 1\n    return lambda: (yield)\n").body[0]
    assert isinstance(outer, syntax.Function)
    inner = outer.body[0]
    assert isinstance(inner, syntax.Function) and inner.is_generator and not outer.is_generator


def test_expressions() -> None:
    name, one = syntax.Name, syntax.Constant(1)
    cases: dict[str, object] = {
        "a and b and c": syntax.Operation("and", [name("a"), name("b"), name("c")]),
        "a and (b and c)": syntax.Operation("and", [name("a"), syntax.Operation("and", [name("b"), name("c")])]),
        "a not in b is not c": syntax.Comparison(name("a"), ["not in", "is not"], [name("b"), name("c")]),
        "a[1, b:]": syntax.Subscript(name("a"), syntax.Collection("tuple", [one, syntax.Slice(name("b"), None, None)])),
        "a[b]": syntax.Subscript(name("a"), name("b")),
        "{a: 1, **b}": syntax.Mapping([(name("a"), one), (None, name("b"))]),
        "[*a, 1]": syntax.Collection("list", [syntax.Starred(name("a")), one]),
        "'a' \"b\"": syntax.Constant("ab"),
        "'a' f'{b}'": syntax.Text([name("b")]),
        "(a := 1)": syntax.Assigned(name("a"), one),
        "-a @ b": syntax.Operation("@", [syntax.Operation("-", [name("a")]), name("b")]),
        "f(*a, b=1, **c)": syntax.Call(
            name("f"),
            [syntax.Argument(name("a"), "*"), syntax.Argument(one, "b"), syntax.Argument(name("c"), "**")],
            1,
            0,
        ),
        "{k: v for k in a if b for v in c}": syntax.Comprehension(
            "dict",
            name("k"),
            name("v"),
            [
                syntax.Generator(name("k"), name("a"), [name("b")]),
                syntax.Generator(name("v"), name("c"), []),
            ],
        ),
    }
    for text, expected in cases.items():
        statement = summary(f"x = {text}\n").body[0]
        assert isinstance(statement, syntax.Assign) and statement.value == expected, text


@pytest.mark.parametrize(
    "text",
    ["'a'", "b'\\x00\\n'", "r'\\d'", "'''a\n'''", "'\\N{BULLET}\\u00e9\\101'", "'a\\\nb'", 'u"\\""', "''",
     "Rb'\\x'",
     ],
)  # fmt: skip
def test_strings_mean_what_python_says(text: str) -> None:
    assert string(text) == ast.literal_eval(text)


@pytest.mark.parametrize("text", ["0", "00", "1_000", "0xFF", "0b11", "0o17", "1e-3", ".5", "2J", "1_0.0_1"])
def test_numbers_mean_what_python_says(text: str) -> None:
    assert number(text) == ast.literal_eval(text)


def test_a_summary_travels() -> None:
    before = summary(ODD)
    assert pickle.loads(pickle.dumps(before)) == before
