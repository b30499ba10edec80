"""SARIF 2.1.0, as GitHub code scanning and editors read it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from torchlint import __version__
from torchlint.facts.site import CellSite, Site
from torchlint.finding import Finding, Related, Severity
from torchlint.fix import Patch
from torchlint.report.digest import digests
from torchlint.report.fingerprint import Fingerprints, Texts, code_at
from torchlint.report.place import cell_of, one_line, relative, sentences
from torchlint.report.seen import as_data
from torchlint.report.steps import in_order
from torchlint.rule import LoadedRule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
FINGERPRINT = "torchlint/v1"
LIKE_A_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
Lines = Callable[[str], "list[str]"]


def sarif(
    findings: Sequence[Finding],
    texts: Texts,
    rules: Mapping[str, LoadedRule],
    addresses: Mapping[str, str | None],
    *,
    eyes: bool = False,
) -> str:
    """One run with its findings, and the rules that they are of; with `eyes`, also what the live eye saw."""
    prints = Fingerprints(texts)
    codes = sorted({each.code for each in findings})
    results = [
        _result(each, codes.index(each.code), digest, prints.lines) | (_seen(each) if eyes else {})
        for each, digest in zip(findings, digests(findings, prints), strict=True)
    ]
    run = {
        "tool": {
            "driver": {
                "name": "torchlint",
                "semanticVersion": __version__,
                "rules": [_rule(rules[code], addresses.get(code)) for code in codes],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {ROOT: {"uri": Path.cwd().as_uri().rstrip("/") + "/"}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(loaded: LoadedRule, address: str | None) -> dict[str, Any]:
    rule = loaded.rule
    page = loaded.page[max(loaded.page.find("## "), 0) :]
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": loaded.summary},
        "fullDescription": {"text": one_line(loaded.section("Why it is bad")) or loaded.summary},
        "help": {"text": page, "markdown": page},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": LEVELS[rule.severity], "enabled": rule.default},
        "properties": {"tags": ["pytorch"], "precision": "high", "problem.severity": _problem(rule.severity)},
    }


def _problem(severity: Severity) -> str:
    """The words of code scanning."""
    return "recommendation" if severity is Severity.ADVICE else severity.value


def _result(finding: Finding, index: int, digest: str, lines: Lines) -> dict[str, Any]:
    explained = in_order(finding, lines)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": " ".join(_message(finding, explained))},
        "locations": [_location(finding.site, lines)],
        "partialFingerprints": {FINGERPRINT: digest},
    }
    if explained:
        result["relatedLocations"] = [
            {"id": number, **_location(each.site, lines), "message": {"text": _plain(each.message)}}
            for number, each in enumerate(explained, 1)
        ]
    if finding.patch is not None and not isinstance(finding.site, CellSite):
        result["fixes"] = [_fix(finding.patch)]
    if any(each.leads_here for each in explained):
        steps = [*explained, Related(finding.site, finding.message)]
        result["codeFlows"] = [{"threadFlows": [{"locations": [_step(each, lines) for each in steps]}]}]
    return result


def _fix(patch: Patch) -> dict[str, Any]:
    """A fix as replacements, file by file; a region is empty where text is only added."""
    by_file: dict[str, list[dict[str, Any]]] = {}
    for change in patch.changes:
        replacement = {"deletedRegion": _region(change.span), "insertedContent": {"text": change.text}}
        by_file.setdefault(change.span.file, []).append(replacement)
    return {
        "description": {"text": _plain(patch.title)},
        "artifactChanges": [
            {"artifactLocation": _artifact(file), "replacements": replacements}
            for file, replacements in by_file.items()
        ],
        "properties": {"applicability": "unsafe" if patch.unsafe else "safe"},
    }


def _message(finding: Finding, explained: Iterable[Related]) -> Iterator[str]:
    """The finding in one line, with links to the places that explain it: only what is linked is shown."""
    yield _plain(sentences(finding.message, finding.instead))
    links = [f"[{_link(each.message)}]({number})" for number, each in enumerate(explained, 1)]
    if links:
        yield f"See {', '.join(links)}."


def _step(step: Related, lines: Lines) -> dict[str, Any]:
    return {"location": {**_location(step.site, lines), "message": {"text": _plain(step.message)}}}


def _location(site: Site, lines: Lines) -> dict[str, Any]:
    if isinstance(site, CellSite):  # The rows of a notebook's file are not those of its cells.
        cell = {"name": f"cell {site.cell}", "fullyQualifiedName": f"{cell_of(site)}{site.row}:{site.column}"}
        return {"physicalLocation": {"artifactLocation": _artifact(site.file)}, "logicalLocations": [cell]}
    region = _region(site)
    if code := code_at(site, lines(site.file)):
        region["snippet"] = {"text": code}
    return {"physicalLocation": {"artifactLocation": _artifact(site.file), "region": region}}


def _region(site: Site) -> dict[str, Any]:
    start = {"startLine": site.line, "startColumn": site.column}
    return start | ({"endLine": site.end_line, "endColumn": max(site.end_column, 1)} if site.end_line else {})


def _artifact(file: str) -> dict[str, str]:
    """Below the current folder from there, elsewhere whole."""
    path = relative(file)
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(os.fsencode(path)), "uriBaseId": ROOT}


def _seen(finding: Finding) -> dict[str, Any]:
    return {"properties": {"eye": finding.eye, "evidence": as_data(finding.evidence)}}


def _plain(text: str) -> str:
    """A message in which `layers[i](x)` is no link."""
    return LIKE_A_LINK.sub(r"\\[", one_line(text))


def _link(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", one_line(text))
