"""Edits of calls, of items in lists, and of names and numbers, each on a text of a few lines."""

from __future__ import annotations

import pytest

from torchlint.edit.resolve import Pages, resolve
from torchlint.edit.splice import edited
from torchlint.facts.site import Site
from torchlint.fix import (
    AddItem,
    CallAttribute,
    CallNamesake,
    DropArgument,
    DropAttribute,
    Edit,
    Fix,
    JoinCalls,
    Known,
    MoveItem,
    Part,
    Renumber,
    ReplaceMethod,
    SetArgument,
    Unwrap,
)

FILE = "train.py"
LOGARITHM = (("softmax", "torch.nn.functional.log_softmax"), ("Softmax", "torch.nn.LogSoftmax"))


def at(text: str, part: str) -> Site:
    """Where a part of a text stands, by its first and last character."""
    start = text.index(part)
    end = start + len(part)
    rows = [text.count("\n", 0, each) for each in (start, end)]
    columns = [each - (text.rfind("\n", 0, each) + 1) + 1 for each in (start, end)]
    return Site(FILE, rows[0] + 1, columns[0], rows[1] + 1, columns[1])


def result(text: str, *edits: Edit) -> str | None:
    """The text after edits, None where they cannot be carried out."""
    patch = resolve(Fix("", edits), Pages(lambda _: text), {})
    return None if patch is None else edited(text, patch.changes)


@pytest.mark.parametrize(
    ("before", "call", "after"),
    [
        ("import torch.nn.functional as F\nF.softmax(x, 1)\n", "F.softmax(x, 1)", "F.log_softmax(x, 1)"),
        ("y = x.softmax(1)\n", "x.softmax(1)", "y = x.log_softmax(1)\n"),
        ("import torch\nnet = torch.nn.Softmax(1)\n", "torch.nn.Softmax(1)", "net = torch.nn.LogSoftmax(1)\n"),
        (
            "from torch.nn.functional import softmax\n\nsoftmax(x, 1)\n",
            "softmax(x, 1)",
            "import torch.nn.functional as F\n\nF.log_softmax(x, 1)\n",
        ),
    ],
)
def test_a_namesake_is_called_as_the_file_calls_its_own(before: str, call: str, after: str) -> None:
    found = result(before, CallNamesake(at(before, call), LOGARITHM))
    assert found is not None and found.endswith(after if after.endswith("\n") else after + "\n")


def test_what_has_no_namesake_is_left() -> None:
    text = "y = normalise(x)\n"
    assert result(text, CallNamesake(at(text, "normalise(x)"), LOGARITHM)) is None


@pytest.mark.parametrize(
    ("before", "outer", "inner", "after"),
    [
        ("y = (F.softmax(x, 1)).log()\n", "(F.softmax(x, 1)).log()", "F.softmax(x, 1)", "y = F.log_softmax(x, 1)\n"),
        ("y = log(x.softmax(1)).sum()\n", "log(x.softmax(1))", "x.softmax(1)", "y = x.log_softmax(1).sum()\n"),
        ("p = x.softmax(1)\ny = log(p)\n", "log(p)", "x.softmax(1)", "p = x.log_softmax(1)\ny = p\n"),
        ("p = x.softmax(1)\ny = p * log(p)\n", "log(p)", "x.softmax(1)", None),
        ("y = log(x.softmax(1) + 1)\n", "log(x.softmax(1) + 1)", "x.softmax(1)", None),
    ],
)
def test_two_calls_become_one_where_nothing_else_uses_the_inner(
    before: str, outer: str, inner: str, after: str | None
) -> None:
    assert result(before, JoinCalls(at(before, outer), at(before, inner), LOGARITHM)) == after


@pytest.mark.parametrize(
    ("before", "call", "edit", "after"),
    [
        ("y = Variable(a + b)\n", "Variable(a + b)", {}, "y = a + b\n"),
        ("y = Variable(a + b) * 2\n", "Variable(a + b)", {}, "y = (a + b) * 2\n"),
        ("y = Variable(a + b)\n", "Variable(a + b)", {"after": ".detach()"}, "y = (a + b).detach()\n"),
        ("y = Variable(\n    a +\n    b)\n", "Variable(\n    a +\n    b)", {}, "y = (a +\n    b)\n"),
        ("x = Variable(x)\nf(x)\n", "Variable(x)", {}, "f(x)\n"),
        ("x, y = Variable(x), Variable(y)\nf(x)\n", "Variable(y)", {}, "f(x)\n"),
        ("x, y = Variable(x), y + 1\n", "Variable(x)", {}, "x, y = x, y + 1\n"),
        (
            "x, y = Variable(x), Variable(y, requires_grad=True)\n",
            "Variable(x)",
            {},
            "x, y = x, Variable(y, requires_grad=True)\n",
        ),
    ],
)
def test_what_a_call_is_given_is_left_of_it(before: str, call: str, edit: dict[str, str], after: str) -> None:
    assert result(before, Unwrap(at(before, call), Part.FIRST_ARGUMENT, **edit)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("net = Sequential(Linear(2, 3), Softmax(1))\n", "net = Sequential(Linear(2, 3))\n"),
        (
            "net = Sequential(\n    Linear(2, 3),  # (B, 3)\n    Softmax(1),\n)\n",
            "net = Sequential(\n    Linear(2, 3),  # (B, 3)\n)\n",
        ),
        ("from torch import nn\nnet = Block(Softmax(1))\n", "from torch import nn\nnet = Block(nn.Identity())\n"),
        (
            "from torch import nn\nnet = Sequential(Softmax(1), Linear(3, 2))\n",
            "from torch import nn\nnet = Sequential(nn.Identity(), Linear(3, 2))\n",
        ),
    ],
)
def test_a_layer_is_taken_out_where_it_is_the_last_of_several(before: str, after: str) -> None:
    assert result(before, Unwrap(at(before, "Softmax(1)"))) == after


def test_a_layer_behind_a_comment_is_not_taken_out_with_it() -> None:
    text = "net = Sequential(\n    Linear(2, 3),  # scores\n    Softmax(1))\n"
    assert result(text, Unwrap(at(text, "Softmax(1)"))) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("steps = [a, b]\n", "steps = [a, b, new]\n"),
        ("steps = [\n    a,\n    b,  # last\n]\n", "steps = [\n    a,\n    b,\n    new,  # last\n]\n"),
        ("steps = [\n    a,\n    b])\n".replace("])", "]"), "steps = [\n    a,\n    b,\n    new]\n"),
        ("steps = b\n", None),
    ],
)
def test_an_item_is_added_in_the_form_of_the_others(before: str, after: str | None) -> None:
    assert result(before, AddItem(at(before, "b"), ("new",))) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("steps = [a(), b(), c()]\n", "steps = [b(), c(), a()]\n"),
        (
            "steps = [\n    a(),  # first\n    b(),\n    c(),  # third\n]\n",
            "steps = [\n    b(),\n    c(),  # third\n    a(),  # first\n]\n",
        ),
        ("steps = [c(), a()]\n", None),
        ("steps = [*a(), c()]\n", None),
    ],
)
def test_an_item_moves_behind_another_with_its_comment(before: str, after: str | None) -> None:
    assert result(before, MoveItem(at(before, "a()"), at(before, "c()"))) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hits = (scores > 0.5).sum()\n", "hits = (scores > 0).sum()\n"),
        ("if scores > 0.5:\n    rate = 0.5\n", "if scores > 0:\n    rate = 0.5\n"),
        ("hits = 0.5 * (scores > 0.5).sum()\n", None),
        ("hits = scores > HALF\n", None),
    ],
)
def test_a_number_is_changed_where_it_stands_once(before: str, after: str | None) -> None:
    assert result(before, Renumber(Site(FILE, 1, 1, 1, len(before.partition("\n")[0]) + 1), 0.5, "0")) == after


@pytest.mark.parametrize(
    ("before", "method", "after"),
    [
        ("w.data.zero_()\n", "detach", "w.detach().zero_()\n"),
        ("w.grad.data.zero_()\n", None, "w.grad.zero_()\n"),
        ("w.data = w.data - g\n", "detach", None),
        ("w.data = g\n", "detach", None),
    ],
)
def test_an_attribute_that_is_read_becomes_a_call_or_goes(before: str, method: str | None, after: str | None) -> None:
    whole = Site(FILE, 1, 1, 1, len(before))
    assert result(before, CallAttribute(whole, "data", method)) == after


def test_an_attribute_is_dropped_of_what_a_call_is_given() -> None:
    text = "mean = total / len(loader.dataset)\n"
    count = at(text, "len(loader.dataset)")
    assert result(text, DropAttribute(count, "dataset", Part.FIRST_ARGUMENT)) == "mean = total / len(loader)\n"
    assert result(text, DropAttribute(count, "samples", Part.FIRST_ARGUMENT)) is None


def test_a_method_is_replaced_but_not_a_function_of_torch() -> None:
    text = "y = x.view(b, t, c)\n"
    assert result(text, ReplaceMethod(at(text, "x.view(b, t, c)"), (".transpose(0, 1)",))) == "y = x.transpose(0, 1)\n"
    text = "import torch\ny = torch.reshape(x, (b, t))\n"
    assert result(text, ReplaceMethod(at(text, "torch.reshape(x, (b, t))"), (".transpose(0, 1)",))) is None


def test_what_comes_from_the_caller_is_left() -> None:
    text = "def loader_of(rows, shuffle=True):\n    return DataLoader(rows, shuffle=shuffle)\n"
    call = at(text, "DataLoader(rows, shuffle=shuffle)")
    assert result(text, DropArgument(call, "shuffle")) is None
    assert result(text, SetArgument(call, "shuffle", ("False",))) is None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("loader = DataLoader(rows)\n", "loader = DataLoader(rows, shuffle=True)\n"),
        ("loader = prepare(DataLoader(rows))\n", None),
    ],
)
def test_of_several_calls_in_a_line_none_is_guessed(text: str, after: str | None) -> None:
    line = at(text, text.rstrip("\n"))
    assert result(text, SetArgument(line, "shuffle", ("True",))) == after


def test_an_argument_takes_the_place_of_an_older_one() -> None:
    text = "loss = KLDivLoss(size_average=True)\n"
    edit = SetArgument(at(text, "KLDivLoss(size_average=True)"), "reduction", ('"sum"',), instead_of="size_average")
    assert result(text, edit) == 'loss = KLDivLoss(reduction="sum")\n'


@pytest.mark.parametrize(
    ("bound", "written"),
    [("PAD = 0\n", "PAD"), ("PAD = 0\nPAD = 1\n", "0"), ("def f(PAD): ...\n\n\nPAD = 0\n", "0")],
)
def test_a_constant_is_written_by_its_name_where_that_means_the_same(bound: str, written: str) -> None:
    text = bound + "\n\ndef build():\n    return Embedding(9, 3, PAD)\n\n\ncriterion = Loss()\n"
    padding = Known(_inside(text, "3, PAD", 3), "0")
    found = result(text, SetArgument(at(text, "Loss()"), "ignore_index", (padding,)))
    assert found is not None and found.endswith(f"criterion = Loss(ignore_index={written})\n")


def _inside(text: str, part: str, skip: int) -> Site:
    """Where a part of a text stands, without its first characters."""
    whole = at(text, part)
    return Site(whole.file, whole.line, whole.column + skip, whole.end_line, whole.end_column)
