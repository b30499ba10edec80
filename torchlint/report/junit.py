"""JUnit's XML, as most CI systems read it: a suite for each file, a failed test for each finding."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from torchlint.finding import Finding
from torchlint.report.concise import concise
from torchlint.report.place import cell_of, relative, sentences


def junit(findings: Iterable[Finding]) -> str:
    """The document. Where nothing was found one test passes: no tests at all count as a failure in some systems."""
    findings = list(findings)
    root = _with_counts(Element("testsuites", name="torchlint"), len(findings))
    for file, group in groupby(findings, key=lambda each: _printable(relative(each.site.file))):
        of_file = list(group)
        suite = _with_counts(SubElement(root, "testsuite", name=file), len(of_file))
        for each in of_file:
            _add(suite, file, each)
    if not findings:
        suite = _with_counts(SubElement(root, "testsuite", name="torchlint"), 0)
        SubElement(suite, "testcase", name="All checks passed", classname="torchlint", time="0")
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, "unicode")}\n'


def _with_counts(element: Element, failures: int) -> Element:
    """The element with how many tests are in it; one that passes where none fails."""
    for name, count in (("tests", max(failures, 1)), ("failures", failures), ("errors", 0), ("time", 0)):
        element.set(name, str(count))
    return element


def _add(suite: Element, file: str, finding: Finding) -> None:
    line = f"{cell_of(finding.site)}{finding.site.row}"
    name = f"{finding.code} {finding.name} ({line}:{finding.site.column})"
    case = SubElement(suite, "testcase", name=name, classname=file, file=file, line=line, time="0")
    message = _printable(sentences(finding.message, finding.instead))
    failure = SubElement(case, "failure", type=finding.severity.value, message=message)
    failure.text = _printable(concise([finding]).rstrip())


def _printable(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(character if _allowed(ord(character)) else "\N{REPLACEMENT CHARACTER}" for character in text)


def _allowed(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
