"""Findings as an editor shows them: diagnostics, the pages of their rules, and what can be done about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count, pairwise
from pathlib import Path

from lsprotocol import types as lsp

from torchlint.cli.rulebook import published
from torchlint.cli.suppressions.adding import comments_at
from torchlint.edit.page import ROW_ENDS, CannotEdit
from torchlint.edit.splice import changes_of
from torchlint.facts.site import Site
from torchlint.finding import Finding, Severity
from torchlint.fix import Patch
from torchlint.report.address import address
from torchlint.report.place import absolute, sentences
from torchlint.selection import Rules
from torchlint.server.document import Document, Linted
from torchlint.server.position import Positions, touch

FIX_ALL = "source.fixAll.torchlint"
SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.ADVICE: lsp.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said of one document, in the version that was linted.

    `others` are the open documents by path, and `rule_pages` is where the configuration says that the pages are.
    `versioned` says whether the editor takes edits of a certain version.
    """

    document: Document
    linted: Linted
    others: Mapping[str, Document]
    rules: Rules
    encoding: str
    rule_pages: str | None = None
    versioned: bool = True

    def diagnostics(self) -> list[lsp.Diagnostic]:
        """Each finding, where it stands."""
        return [self.diagnostic(each) for each in self.linted.findings]

    def diagnostic(self, finding: Finding) -> lsp.Diagnostic:
        """A finding with the places that explain it, and a link to the page of its rule."""
        page = self._address(finding)
        related = [
            lsp.DiagnosticRelatedInformation(location=self._location(each.site), message=each.message)
            for each in finding.related
        ]
        return lsp.Diagnostic(
            range=self._positions(finding.site.file).range(finding.site),
            severity=SEVERITIES[finding.severity],
            code=finding.code,
            code_description=lsp.CodeDescription(href=page) if page else None,
            source="torchlint",
            message=sentences(finding.message, finding.instead),
            related_information=related or None,
        )

    def hover(self, position: lsp.Position) -> lsp.Hover | None:
        """The pages of the rules whose findings stand at a position."""
        here = lsp.Range(start=position, end=position)
        found = [each for each in self.linted.findings if touch(self.diagnostic(each).range, here)]
        if not found:
            return None
        pages = dict.fromkeys(self._page(each) for each in found)
        contents = lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value="\n\n---\n\n".join(pages))
        return lsp.Hover(contents=contents, range=self.diagnostic(found[0]).range)

    def actions(self, place: lsp.Range) -> Iterator[lsp.CodeAction]:
        """What can be done about the findings that touch a place: fixes, the safe ones first, then to ignore them."""
        found = [(each, self.diagnostic(each)) for each in self.linted.findings]
        found = [(finding, diagnostic) for finding, diagnostic in found if touch(diagnostic.range, place)]
        for finding, diagnostic in found:
            patches = sorted(_patches(finding.patch), key=lambda patch: patch.unsafe)
            for number, patch in zip(count(), patches):
                yield self._fix(patch, diagnostic, preferred=number == 0 and not patch.unsafe)
        for finding, diagnostic in found:
            yield from self._ignore(finding, diagnostic)

    def can_be_fixed(self) -> bool:
        """Whether a fix of the document is safe."""
        return any(not patch.unsafe for each in self.linted.findings for patch in _patches(each.patch))

    def rewritten(self, after: str) -> lsp.WorkspaceEdit:
        """The document with another text, of which only the lines that differ are replaced."""
        before, rows = _rows(self.document.text), _rows(after)
        changes = [
            lsp.TextEdit(range=_whole_rows(start, end), new_text="".join(rows[first:last]))
            for tag, start, end, first, last in SequenceMatcher(None, before, rows, autojunk=False).get_opcodes()
            if tag != "equal"
        ]
        return self._edit({self.document.uri: (self.document.version, changes)})

    def _fix(self, patch: Patch, diagnostic: lsp.Diagnostic, *, preferred: bool) -> lsp.CodeAction:
        edits = {
            self._uri(file): (self._version(file), [self._positions(file).edit(each) for each in changes])
            for file, changes in changes_of([patch]).items()
        }
        return lsp.CodeAction(
            title=f"{patch.title} (unsafe)" if patch.unsafe else patch.title,
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            is_preferred=preferred or None,
            edit=self._edit(edits),
        )

    def _ignore(self, finding: Finding, diagnostic: lsp.Diagnostic) -> Iterator[lsp.CodeAction]:
        if not self.rules[finding.code].checks:
            return
        try:
            changes = comments_at(self.document.path, self.document.text, [finding], self.rules)
        except CannotEdit:
            return
        if changes:
            edits = [self._positions(self.document.path).edit(each) for each in changes]
            yield lsp.CodeAction(
                title=f"Ignore {finding.code} ({finding.name}) on this line",
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                edit=self._edit({self.document.uri: (self.document.version, edits)}),
            )

    def _edit(self, edits: Mapping[str, tuple[int | None, list[lsp.TextEdit]]]) -> lsp.WorkspaceEdit:
        """Edits of documents; an editor that knows of versions refuses them for another one."""
        if not self.versioned:
            return lsp.WorkspaceEdit(changes={uri: changes for uri, (_, changes) in edits.items()})
        return lsp.WorkspaceEdit(
            document_changes=[
                lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(uri, version), changes)
                for uri, (version, changes) in edits.items()
            ]
        )

    def _page(self, finding: Finding) -> str:
        page = self.rules[finding.code].page
        page = page[max(page.find("## "), 0) :]
        link = self._address(finding)
        more = f"\n\n[More about {finding.code}]({link})" if link else ""
        said = sentences(finding.message, finding.instead)
        return f"**{finding.code} {finding.name}** ({finding.severity.value}): {said}\n\n{page}{more}"

    def _address(self, finding: Finding) -> str | None:
        return address(self.rules[finding.code], self.rule_pages or published())

    def _location(self, site: Site) -> lsp.Location:
        return lsp.Location(uri=self._uri(site.file), range=self._positions(site.file).range(site))

    def _uri(self, file: str) -> str:
        known = self._open(file)
        return known.uri if known is not None else Path(absolute(file)).as_uri()

    def _version(self, file: str) -> int | None:
        known = self._open(file)
        return None if known is None else known.version

    def _open(self, file: str) -> Document | None:
        return self.document if file == self.document.path else self.others.get(file)

    def _positions(self, file: str) -> Positions:
        text = self.document.text if file == self.document.path else self.linted.texts(file) or ""
        return Positions(text, self.encoding)


def _patches(patch: Patch | None) -> Iterator[Patch]:
    while patch is not None:
        yield patch
        patch = patch.otherwise


def _rows(text: str) -> list[str]:
    """The rows of a text with their ends, which are those that editors know as well."""
    starts = [0, *(match.end() for match in ROW_ENDS.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(starts) if start < end]


def _whole_rows(start: int, end: int) -> lsp.Range:
    """From the beginning of a row to that of another; behind the last one an editor takes the end of the text."""
    return lsp.Range(start=lsp.Position(line=start, character=0), end=lsp.Position(line=end, character=0))
