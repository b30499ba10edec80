"""An editor at work: what it is told as one types, and what it can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .client import Client, edited

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pygls") is None, reason="pygls is not installed"),
]

HEALTHY = """\
import torch
from torch import nn

net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for x, y in [(torch.randn(8, 4), torch.randn(8, 1))] * 100:
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    print("é😀", loss); loss.backward()
    optimizer.step()
"""
NOT_CLEARED = HEALTHY.replace("    optimizer.zero_grad()\n", "")
CLEARED_TOO_EARLY = NOT_CLEARED.replace("    optimizer.step()\n", "    optimizer.zero_grad()\n    optimizer.step()\n")
BROKEN = HEALTHY.replace("optimizer.step()", "optimizer.step(")
CLEARING = "def clear(optimizer):\n    optimizer.zero_grad()\n"
USES_CLEARING = "from clearing import clear\n" + HEALTHY.replace("optimizer.zero_grad()", "clear(optimizer)")
CLEARS_NOTHING = CLEARING.replace("optimizer.zero_grad()", "pass")
EVERYWHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
VERSIONED = {"workspace": {"workspaceEdit": {"documentChanges": True}}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    (folder / "clearing.py").write_text(CLEARING)
    (folder / "torchlint.toml").write_text('[per-file-ignores]\n"quiet.py" = ["TL204"]\n')
    with Client(folder, VERSIONED) as client:
        yield client
    assert client.code == 0


def codes(diagnostics: list[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in diagnostics]


def edits_of(action: dict[str, Any]) -> list[dict[str, Any]]:
    (change,) = action["edit"]["documentChanges"]
    edits: list[dict[str, Any]] = change["edits"]
    return edits


def test_findings_come_and_go_as_one_types(client: Client) -> None:
    client.open("typed.py", HEALTHY)
    assert client.diagnostics("typed.py", 1) == []
    client.type("typed.py", NOT_CLEARED, 2)
    (found,) = client.diagnostics("typed.py", 2)
    assert (found["code"], found["severity"], found["source"]) == ("TL204", 1, "torchlint")
    row = NOT_CLEARED.split("\n")[7]
    before = row[: row.index("loss.backward")]
    start = found["range"]["start"]
    assert (start["line"], start["character"]) == (7, len(before.encode("utf-16-le")) // 2)
    assert found["codeDescription"]["href"].startswith("https://")
    assert found["relatedInformation"][0]["location"]["uri"] == client.uri("typed.py")
    client.type("typed.py", HEALTHY, 3)
    assert client.diagnostics("typed.py", 3) == []


def test_a_fix_is_offered_and_mends_the_text(client: Client) -> None:
    client.open("fixed.py", NOT_CLEARED)
    (found,) = client.diagnostics("fixed.py", 1)
    fix, *_ = client.actions("fixed.py", found["range"], only=["quickfix"])
    assert fix["isPreferred"]
    assert codes(fix["diagnostics"]) == ["TL204"]
    client.type("fixed.py", edited(NOT_CLEARED, edits_of(fix)), 2)
    assert client.diagnostics("fixed.py", 2) == []


def test_an_unsafe_fix_says_so_and_is_not_preferred(client: Client) -> None:
    client.open("unsafe.py", CLEARED_TOO_EARLY)
    assert codes(client.diagnostics("unsafe.py", 1)) == ["TL205"]
    fix, *_ = client.actions("unsafe.py", EVERYWHERE, only=["quickfix"])
    assert fix["title"].endswith("(unsafe)")
    assert not fix.get("isPreferred")
    assert client.actions("unsafe.py", EVERYWHERE, only=["source.fixAll"]) == []
    client.type("unsafe.py", edited(CLEARED_TOO_EARLY, edits_of(fix)), 2)
    assert client.diagnostics("unsafe.py", 2) == []


def test_all_safe_fixes_at_once(client: Client) -> None:
    client.open("all.py", NOT_CLEARED)
    (action,) = client.actions("all.py", EVERYWHERE, only=["source.fixAll"])
    assert action["kind"] == "source.fixAll.torchlint"
    resolved = client.ask("codeAction/resolve", **action)
    client.type("all.py", edited(NOT_CLEARED, edits_of(resolved)), 2)
    assert client.diagnostics("all.py", 2) == []
    assert client.actions("all.py", EVERYWHERE, only=["source.fixAll"]) == []


def test_a_finding_is_ignored_on_its_line(client: Client) -> None:
    client.open("ignored.py", NOT_CLEARED)
    (found,) = client.diagnostics("ignored.py", 1)
    *_, ignore = client.actions("ignored.py", found["range"], only=["quickfix"])
    text = edited(NOT_CLEARED, edits_of(ignore))
    assert "loss.backward()  # torchlint: ignore[TL204]\n" in text
    client.type("ignored.py", text, 2)
    assert client.diagnostics("ignored.py", 2) == []


def test_the_page_of_a_rule_is_shown_over_its_finding(client: Client) -> None:
    client.open("hovered.py", NOT_CLEARED)
    (found,) = client.diagnostics("hovered.py", 1)
    document = {"uri": client.uri("hovered.py")}
    hover = client.ask("textDocument/hover", textDocument=document, position=found["range"]["start"])
    assert hover["contents"]["kind"] == "markdown"
    assert "**TL204 missing-zero-grad**" in hover["contents"]["value"]
    assert "## Why it is bad" in hover["contents"]["value"]
    assert client.ask("textDocument/hover", textDocument=document, position={"line": 0, "character": 0}) is None


def test_a_broken_text_is_told_and_does_no_harm(client: Client) -> None:
    client.open("broken.py", BROKEN)
    (found,) = client.diagnostics("broken.py", 1)
    assert found["code"] == "TL901"
    assert client.actions("broken.py", EVERYWHERE) == []
    client.type("broken.py", NOT_CLEARED, 2)
    assert codes(client.diagnostics("broken.py", 2)) == ["TL204"]


def test_nothing_is_said_of_a_closed_document(client: Client) -> None:
    client.open("closed.py", NOT_CLEARED)
    assert client.diagnostics("closed.py", 1)
    client.close("closed.py")
    assert client.diagnostics("closed.py") == []
    assert client.actions("closed.py", EVERYWHERE) == []


def test_the_configuration_is_that_of_the_file(client: Client) -> None:
    client.open("quiet.py", NOT_CLEARED)
    assert client.diagnostics("quiet.py", 1) == []


def test_only_the_last_of_many_keystrokes_is_answered(client: Client) -> None:
    client.open("quick.py", HEALTHY)
    assert client.diagnostics("quick.py", 1) == []
    begun = len(client.told)
    for version in range(2, 40):
        client.type("quick.py", NOT_CLEARED if version % 2 else HEALTHY, version)
    assert codes(client.diagnostics("quick.py", 39)) == ["TL204"]
    about = [each["params"] for each in client.told[begun:] if "uri" in each.get("params", {})]
    versions = [each["version"] for each in about if each["uri"] == client.uri("quick.py")]
    assert versions == sorted(versions)
    assert len(versions) < 10


def test_what_is_typed_in_one_file_shows_in_another(client: Client) -> None:
    client.open("uses.py", USES_CLEARING)
    assert client.diagnostics("uses.py", 1) == []
    client.open("clearing.py", CLEARING)
    client.type("clearing.py", CLEARS_NOTHING, 2)
    assert client.diagnostics("clearing.py", 2) == []
    found: list[str] = []
    while not found:
        found = codes(client.diagnostics("uses.py", 1))
    assert found == ["TL204"]


def test_an_editor_that_knows_no_versions_gets_plain_edits(tmp_path: Path) -> None:
    (tmp_path / "torchlint.toml").write_text('select = ["TL2"]\n')
    with Client(tmp_path) as client:
        client.open("train.py", NOT_CLEARED)
        (found,) = client.diagnostics("train.py", 1)
        fix, *_ = client.actions("train.py", found["range"], only=["quickfix"])
        assert list(fix["edit"]["changes"]) == [client.uri("train.py")]


def test_a_wrong_configuration_is_told_and_can_be_mended(tmp_path: Path) -> None:
    configuration = tmp_path / "torchlint.toml"
    configuration.write_text('selct = ["TL2"]\n')
    with Client(tmp_path) as client:
        client.open("train.py", NOT_CLEARED)
        while not any(each.get("method") == "window/showMessage" for each in client.told):
            client._next()
        said = next(each["params"] for each in client.told if each.get("method") == "window/showMessage")
        assert "selct" in said["message"]
        configuration.write_text('select = ["TL2"]\n')
        client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": configuration.as_uri(), "type": 2}])
        assert codes(client.diagnostics("train.py", 1)) == ["TL204"]
