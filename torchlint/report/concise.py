"""One line for each finding."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.finding import Finding
from torchlint.report.paint import Paint
from torchlint.report.place import sentences, shown
from torchlint.report.seen import seen


def concise(findings: Iterable[Finding], *, colours: bool = False) -> str:
    """`path:line:column: severity[CODE] name: message`, as editors read it."""
    paint = Paint(colours)
    return "".join(
        f"{paint.strong(shown(each.site.file))}:{each.site.line}:{each.site.column}: "
        f"{paint.severity(f'{each.severity.value}[{each.code}]', each.severity)} {paint.strong(each.name)}: "
        f"{sentences(each.message, each.instead)}"
        f"{f' (seen: {what})' if (what := seen(each)) else ''}\n"
        for each in findings
    )
