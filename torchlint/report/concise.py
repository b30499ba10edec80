"""One line for each finding."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.finding import Finding
from torchlint.report.paint import NONE, Links, Paint
from torchlint.report.place import cell_of, sentences, shown
from torchlint.report.seen import seen


def concise(findings: Iterable[Finding], *, colours: bool = False, links: Links = NONE) -> str:
    """`path:line:column: severity[CODE] name: message`, as editors read it."""
    paint = Paint(colours, links)
    return "".join(
        f"{paint.strong(shown(each.site.file))}:{cell_of(each.site)}{each.site.row}:{each.site.column}: "
        f"{_label(each, paint)} {paint.strong(each.name)}: "
        f"{sentences(each.message, each.instead)}"
        f"{f' (seen: {what})' if (what := seen(each)) else ''}\n"
        for each in findings
    )


def _label(finding: Finding, paint: Paint) -> str:
    label = paint.severity(f"{finding.severity.value}[{finding.code}]", finding.severity)
    return paint.linked(label, finding.code)
