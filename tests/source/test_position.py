import ast
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import libcst
import pytest

from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.lower import lower
from torchlint.source.position import locate


def calls(node: object) -> list[syntax.Call]:
    found = [node] if isinstance(node, syntax.Call) else []
    if isinstance(node, (list, tuple)):
        return found + [each for child in node for each in calls(child)]
    if is_dataclass(node):
        return found + [each for field in fields(node) for each in calls(getattr(node, field.name))]
    return found


def cut(text: str, site: Site) -> str:
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[site.line - 1 : site.end_line]
    rows[-1] = rows[-1][: site.end_column - 1]
    rows[0] = rows[0][site.column - 1 :]
    return "\n".join(rows)


def place(text: str, line: int, part: int = -1) -> str:
    site = Site("a.py", line, part=part)
    return cut(text, locate([site], lambda _: text)[site])


CODE = """\
é = 'é'; loss = f(é, g(
    1)); h(2)
if a(x) and \\
        b(y): c(); d()
@e(1)
@f
def function(x=g(), *, y: h = i()) -> j():  # :
    return k(
        l)
try: m()
except n(): o()
else: p()
for i in {q(): r()}: s() if t() else u()
with v() as w, z():
    pass
y = [aa(b) for b in bb() if cc()]
dd(*ee(), k=ff(), *gg())
async def late(): await hh()
"""


def test_every_call_is_found_where_it_stands() -> None:
    text = CODE
    found = calls(lower(libcst.parse_module(text), "a.py", text).body)
    assert len(found) == 30
    for call in found:
        segment = ast.parse(f"({place(text, call.line, call.part)})", mode="eval").body
        assert isinstance(segment, ast.Call) and isinstance(segment.func, ast.Name)
        assert isinstance(call.function, syntax.Name) and call.function.id == segment.func.id
        assert len(call.arguments) == len(segment.args) + len(segment.keywords)


@pytest.mark.parametrize("name", ["dataclasses", "asyncio/base_events"])
def test_calls_of_the_standard_library(name: str) -> None:
    text = (Path(ast.__file__).parent / f"{name}.py").read_bytes().decode()
    found = calls(lower(libcst.parse_module(text), "a.py", text).body)
    sites = [Site("a.py", call.line, part=call.part) for call in found]
    places = locate(sites, lambda _: text)
    for call, site in zip(found, sites, strict=True):
        last = getattr(call.function, "name", getattr(call.function, "id", ""))
        assert last in cut(text, places[site])


def test_statements_and_headers() -> None:
    assert place(CODE, 1) == "é = 'é'"
    assert place(CODE, 2) == "h(2)"
    assert place(CODE, 3) == "if a(x) and \\\n        b(y):"
    assert place(CODE, 7) == "def function(x=g(), *, y: h = i()) -> j():"
    assert place(CODE, 8) == "return k(\n        l)"
    assert place(CODE, 10) == "try:"
    assert place(CODE, 14) == "with v() as w, z():"


def test_columns_count_characters() -> None:
    site = Site("a.py", 1, part=1)
    assert locate([site], lambda _: CODE)[site] == Site("a.py", 1, 22, 2, 7, 1)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends(end: str) -> None:
    text = CODE.replace("\n", end)
    assert place(text, 8, 0) == "k(\n        l)"


def test_format_strings_fall_back_to_the_statement_where_python_does_not_know_better() -> None:
    text = "x = 1\ny = f('a' f'{g(1)} {h(2)}', k())\n"
    assert place(text, 2, 0).startswith("f(")
    assert place(text, 2, 2) == ("h(2)" if sys.version_info >= (3, 12) else text.splitlines()[1])
    assert place(text, 2, 3) == "k()"


def test_what_is_not_found_falls_back() -> None:
    assert place("x = 1\n  y = 2 +  # \n", 2) == "y = 2 +  #"
    assert place("x = f()\n", 1, 7) == "x = f()"
    gone = Site("a.py", 3)
    assert locate([gone], lambda _: None) == {gone: gone}
    assert locate([gone], lambda _: "")[gone].line == 3
    exact = Site("a.py", 1, 2, 1, 4)
    assert locate([exact], lambda _: "x = 1")[exact] is exact
