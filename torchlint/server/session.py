"""One editor, connected: its documents, what it asks, and when they are linted."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from torchlint import __version__
from torchlint.cli.failure import UsageError
from torchlint.report.place import absolute
from torchlint.server.document import Document, Linted
from torchlint.server.reply import FIX_ALL, Reply
from torchlint.server.worker import Stale, Worker
from torchlint.server.workspace import Workspace
from torchlint.source.text import NOTEBOOK, UnreadableText, decode

PAUSE = 0.03
"""Seconds without a keystroke after which a document is linted."""
REST = 1.5
"""Seconds after which the whole project is: what was typed may show in other documents too."""
PATIENCE = 10.0
"""Seconds that a question about a text waits for the text to be linted."""
KINDS = (lsp.CodeActionKind.QuickFix, FIX_ALL)
WATCHED = ("**/*.py", "**/pyproject.toml", "**/torchlint.toml", "**/.torchlint.toml")


def serve() -> None:
    """Answer an editor until it leaves."""
    # What anything prints would be taken for a message to the editor: that gets a descriptor of its own.
    sending = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    session = Session(LanguageServer("torchlint", __version__, lsp.TextDocumentSyncKind.Full))
    session.offer()
    try:
        session.server.start_io(sys.stdin.buffer, sending)
    finally:
        session.worker.close()


class Session:
    """What is known of one editor. Everything here happens in one thread; only linting does not."""

    def __init__(self, server: LanguageServer) -> None:
        self.server = server
        self.worker = Worker()
        self.workspace = Workspace()
        self.documents: dict[str, Document] = {}
        self._to_lint: set[str] = set()
        self._linting: asyncio.Task[None] | None = None
        self._linted = asyncio.Event()
        self._complaint = ""

    def offer(self) -> None:
        """Say what can be asked."""
        options = lsp.CodeActionOptions(code_action_kinds=list(KINDS), resolve_provider=True)
        for name, answer, details in (
            (lsp.INITIALIZED, self.initialized, None),
            (lsp.TEXT_DOCUMENT_DID_OPEN, self.opened, None),
            (lsp.TEXT_DOCUMENT_DID_CHANGE, self.changed, None),
            (lsp.TEXT_DOCUMENT_DID_SAVE, self.saved, None),
            (lsp.TEXT_DOCUMENT_DID_CLOSE, self.closed, None),
            (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.files_changed, None),
            (lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self.folders_changed, None),
            (lsp.TEXT_DOCUMENT_HOVER, self.hover, None),
            (lsp.TEXT_DOCUMENT_CODE_ACTION, self.code_actions, options),
            (lsp.CODE_ACTION_RESOLVE, self.resolve, None),
        ):
            # pygls writes its own names on what it is given, which a method does not take.
            self.server.feature(name, details)(partial(answer))

    async def initialized(self, params: lsp.InitializedParams) -> None:
        """Take over the folders that are open, and ask to be told of files that change there."""
        self._take_folders()
        workspace = self.server.client_capabilities.workspace
        watching = None if workspace is None else workspace.did_change_watched_files
        if watching is None or not watching.dynamic_registration:
            return
        watchers = [lsp.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
        registration = lsp.Registration(
            id="files",
            method=lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            register_options=lsp.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
        )
        await self.server.client_register_capability_async(lsp.RegistrationParams(registrations=[registration]))

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """Lint a document that was opened."""
        item = params.text_document
        path = to_fs_path(item.uri)
        if path is not None and item.uri.startswith("file:") and not path.endswith(NOTEBOOK):
            self.documents[item.uri] = Document(item.uri, absolute(path), item.version, item.text)
            self._lint_soon(item.uri)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """Take the new text of a document: what is being found in the old one is void."""
        document = self.documents.get(params.text_document.uri)
        if document is not None:
            document.version = params.text_document.version
            document.text = params.content_changes[-1].text
            self._lint_soon(document.uri)

    def saved(self, params: lsp.DidSaveTextDocumentParams) -> None:
        """Look at the whole project again."""
        self._lint_soon()

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """Show nothing of a document any more; others use it as it is on the disk now."""
        uri = params.text_document.uri
        if self.documents.pop(uri, None) is not None:
            self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri=uri, diagnostics=[]))
            self._to_lint.discard(uri)
            self._lint_soon()

    def files_changed(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        """Look at the project and its configuration again."""
        self.workspace.forget()
        self._lint_soon(*self.documents)

    def folders_changed(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Take over the folders that are open now."""
        self._take_folders()
        self._lint_soon(*self.documents)

    async def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """The page of the rule whose finding stands there."""
        reply = await self._reply(params.text_document.uri)
        return None if reply is None else reply.hover(params.position)

    async def code_actions(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """What can be done there."""
        reply = await self._reply(params.text_document.uri)
        if reply is None:
            return []
        wanted = params.context.only
        actions: list[lsp.CodeAction] = []
        if wanted is None or lsp.CodeActionKind.QuickFix in wanted:
            actions += reply.actions(params.range)
        if reply.can_be_fixed() and (wanted is None or any(f"{FIX_ALL}.".startswith(f"{kind}.") for kind in wanted)):
            data = {"uri": reply.document.uri}
            actions.append(lsp.CodeAction(title="Fix all that is safe to fix (torchlint)", kind=FIX_ALL, data=data))
        return actions

    async def resolve(self, action: lsp.CodeAction) -> lsp.CodeAction:
        """Work out what fixing all changes, which takes some rounds of linting."""
        uri = action.data.get("uri") if isinstance(action.data, dict) else None
        reply = await self._reply(uri) if isinstance(uri, str) else None
        if reply is None:
            return action
        document, documents = reply.document, list(self.documents.values())
        version = document.version
        self._lint_soon()  # The project can wait.
        try:
            fixed = await self.worker.do(partial(self.workspace.fix, document, documents))
            if fixed is not None and document.version == version:
                action.edit = reply.rewritten(decode(fixed))
        except (UsageError, UnreadableText) as error:
            self._complain(error)
        return action

    def _take_folders(self) -> None:
        workspace = self.server.workspace
        uris = list(workspace.folders) or ([workspace.root_uri] if workspace.root_uri else [])
        paths = (to_fs_path(uri) for uri in uris)
        self.workspace.folders = tuple(absolute(path) for path in paths if path and Path(path).is_dir())
        self.workspace.forget()

    async def _reply(self, uri: str) -> Reply | None:
        """What was found in a document as it is now, which may still be linted."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while (document := self.documents.get(uri)) is not None:
            if (linted := document.current()) is not None:
                return self._reply_about(document, linted)
            self._linted.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._linted.wait(), left)
            except (asyncio.TimeoutError, TimeoutError):
                return None
        return None

    def _reply_about(self, document: Document, linted: Linted) -> Reply:
        open_files = {each.real_path: each for each in self.documents.values()}
        open_files |= {each.path: each for each in self.documents.values()}
        encoding = self.server.workspace.position_encoding or lsp.PositionEncodingKind.Utf16
        pages = self.workspace.rule_pages(document.path)
        editing = self.server.client_capabilities.workspace
        edits = None if editing is None else editing.workspace_edit
        versioned = edits is not None and bool(edits.document_changes)
        return Reply(document, linted, open_files, self.workspace.rules, encoding, pages, versioned)

    def _lint_soon(self, *uris: str) -> None:
        """Lint these documents, and then the project; what is being linted is void."""
        self._to_lint.update(uris)
        if self._linting is not None:
            self._linting.cancel()
        self._linting = asyncio.ensure_future(self._lint())

    async def _lint(self) -> None:
        try:
            await asyncio.sleep(PAUSE)
            await self._lint_documents()
            await asyncio.sleep(REST)
            await self._lint_project()
        except UsageError as error:
            self._complain(error)
        except Stale:
            return
        except Exception as error:
            self.server.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, f"torchlint: {error!r}"))
            raise

    async def _lint_documents(self) -> None:
        while self._to_lint:
            document = self.documents[next(iter(self._to_lint))]
            documents = self._snapshot()
            work = partial(self.workspace.lint_document, documents[document.uri], list(documents.values()))
            linted = await self.worker.do(work)
            self._to_lint.discard(document.uri)
            self._tell(document.uri, linted)

    async def _lint_project(self) -> None:
        documents = list(self._snapshot().values())
        found = await self.worker.do(partial(self.workspace.lint_project, documents))
        for uri, linted in found.items():
            self._tell(uri, linted)
        await self.worker.do(lambda task: self.workspace.tidy())

    def _snapshot(self) -> dict[str, Document]:
        """The documents as they are now, for another thread."""
        return {uri: replace(each) for uri, each in self.documents.items()}

    def _tell(self, uri: str, linted: Linted) -> None:
        """Show what was found in a document, if it is still as it was."""
        document = self.documents.get(uri)
        if document is None or document.version != linted.version:
            return
        document.linted = linted
        self._linted.set()
        diagnostics = self._reply_about(document, linted).diagnostics()
        self.server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, version=document.version, diagnostics=diagnostics)
        )
        self._complaint = ""

    def _complain(self, error: Exception) -> None:
        """Say once what keeps everything from being linted, such as a wrong configuration."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            message = lsp.ShowMessageParams(lsp.MessageType.Error, f"torchlint: {error}")
            self.server.window_show_message(message)
