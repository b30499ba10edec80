import codecs
import subprocess
import sys

import pytest

from torchlint.problem import Problem
from torchlint.source.read import read
from torchlint.source.syntax import Assign, Constant, Summary
from torchlint.source.text import UnreadableText, decode, has_signs, too_deep


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!/bin/sh\n# vim: set fileencoding=cp1252 :\nx = '\x80'", None),
        (b"x = 1\n# coding: latin-1\ny = 'a'\n", "x = 1\n# coding: latin-1\ny = 'a'\n"),
    ],
)
def test_decodes_as_python_does(data: bytes, text: str | None) -> None:
    assert decode(data) == (data.decode("cp1252") if text is None else text)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x = '\xe9'\n", "byte 0xe9 on line 1"),
        (b"x = 1\nx = '\xff'\n", "line 2"),
        (b"x = 1\0\n", "NUL"),
        (b"# coding: klingon\n", "klingon"),
        (b"# coding: rot13\n", "rot13"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "byte order mark"),
        (codecs.BOM_UTF16_LE + "x = 1".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_says_why_bytes_are_no_text(data: bytes, says: str) -> None:
    with pytest.raises(UnreadableText, match=says) as caught:
        decode(data)
    assert "\n" not in str(caught.value)
    problem = read("a.py", data)
    assert isinstance(problem, Problem) and problem.code == "TL902"


DEEP = {
    "sum": "x = " + "+".join("a" * 10_000),
    "brackets": "x = " + "(" * 2000 + ")" * 2000,
    "calls": "x = a" + ".b(1)" * 3000,
    "blocks": "".join(" " * level + "if a:\n" for level in range(150)) + " " * 150 + "pass\n",
    "elif": "if a: pass\n" + "elif a: pass\n" * 2000,
    "strings": "x = (" + '"a"\n' * 20_000 + ")",
    "conditional": "x = " + "a if b else " * 2000 + "c",
    "not": "x = " + "not " * 3000 + "c",
    "subscripts": "x = a" + "[0]" * 3000,
}


@pytest.mark.parametrize("name", DEEP)
def test_screens_what_would_end_the_process(name: str) -> None:
    assert too_deep(DEEP[name]) is not None
    problem = read("a.py", DEEP[name].encode())
    assert isinstance(problem, Problem) and problem.code == "TL901" and "more than" in problem.message


WIDE = {
    "numbers": "x = [" + "-1, " * 5000 + "]",
    "table": "x = {" + '"a": f.b(1),\n' * 2000 + "}",
    "comment": "# " + "(" * 5000 + "\nx = '" + "[" * 5000 + "'\n",
    "lines": "x = a.b(c)[0] + 1\n" * 2000,
    "branches": "if a: pass\nelif b: pass\n" * 1000,
}


@pytest.mark.parametrize("name", WIDE)
def test_lets_wide_files_pass(name: str) -> None:
    assert too_deep(WIDE[name]) is None


def test_just_below_the_limits_a_file_is_read() -> None:
    shapes = [
        "x = " + "+".join("a" * 290),
        "x = " + "(" * 290 + "a" + ")" * 290,
        "x = a" + ".b" * 290,
        "if a: pass\n" + "elif a: pass\n" * 290,
        "x = (" + '"a"\n' * 900 + ")",
        "x = " + "a if b else " * 140 + "c",
    ]
    for shape in shapes:
        assert too_deep(shape) is None
        assert isinstance(read("a.py", shape.encode()), Summary), shape[:20]


def test_signs() -> None:
    assert has_signs(b"from torchvision import models")
    assert has_signs(b"import pytorch_lightning as pl")
    assert has_signs(b"import timm")
    assert not has_signs(b"import os\nprint('optimum')\n")


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("import os\nprint 'a'\n", "print statement of Python 2", 2),
        ("try:\n    pass\nexcept X, e:\n    pass\n", "except X, name", 3),
        ("x = `a`\n", "backticks", 1),
        ("exec 'a'\n", "exec statement", 1),
        ("raise E, 'x'\n", "raise X, text", 1),
        ("x = x.cuda(async=True)\n", "`async` used as a name", 1),
        ("x = 1\ny = (1\n", "line 2, column 5", 2),
        ("def f(:\n    pass\n", "line 1, column 7", 1),
    ],
)
def test_says_where_a_file_does_not_parse(text: str, says: str, line: int) -> None:
    problem = read("a.py", text.encode())
    assert isinstance(problem, Problem)
    assert problem.code == "TL901" and says in problem.message and problem.line == line
    assert "\n" not in problem.message


def test_a_missing_file_and_a_folder(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for path in (tmp_path / "no.py", tmp_path):
        problem = read(str(path))
        assert isinstance(problem, Problem) and problem.code == "TL902"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    text = end.join(["x = '''a", "b'''", "\f", "y = (1,", "  2)", "", "z = 3", ""])
    summary = read("a.py", text.encode())
    assert isinstance(summary, Summary)
    assert [statement.line for statement in summary.body] == [1, 4, 7]  # type: ignore[union-attr]
    first = summary.body[0]
    assert isinstance(first, Assign) and first.value == Constant("a\nb")


def test_empty_file() -> None:
    assert read("a.py", b"") == Summary("a.py")


def test_reading_imports_the_parser_only_when_needed() -> None:
    code = "import sys, torchlint.cli.linting, torchlint.source.screen; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
