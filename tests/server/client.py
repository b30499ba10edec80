"""An editor of a few lines: it starts `torchlint server` and speaks JSON-RPC with it."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 60.0
Message = dict[str, Any]


@dataclass
class Client:
    """One session. Every question waits for its answer; what the server says unasked is kept in `told`."""

    folder: Path
    capabilities: Message = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "torchlint", "server"],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._said: queue.Queue[Message] = queue.Queue()
        self._number = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.started = self.ask(
            "initialize",
            processId=None,
            capabilities=self.capabilities,
            workspaceFolders=[{"uri": self.folder.as_uri(), "name": "project"}],
        )
        self.tell("initialized")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.ask("shutdown")
            self.tell("exit")
            self.code = self._server.wait(SECONDS)
        finally:
            self._server.kill()
            self._listener.join(SECONDS)
            for pipe in (self._server.stdin, self._server.stdout, self._server.stderr):
                assert pipe is not None
                pipe.close()

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str, version: int = 1) -> None:
        item = {"uri": self.uri(name), "languageId": "python", "version": version, "text": text}
        self.tell("textDocument/didOpen", textDocument=item)

    def type(self, name: str, text: str, version: int) -> None:
        document = {"uri": self.uri(name), "version": version}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def close(self, name: str) -> None:
        self.tell("textDocument/didClose", textDocument={"uri": self.uri(name)})

    def diagnostics(self, name: str, version: int | None = None) -> list[Message]:
        """What is said of a version of a document, the next time that something is."""
        uri = self.uri(name)
        while True:
            said = self._next()
            if said.get("method") == "textDocument/publishDiagnostics":
                about = said["params"]
                if about["uri"] == uri and about.get("version") == version:
                    found: list[Message] = about["diagnostics"]
                    return found

    def actions(self, name: str, place: Message, **context: Any) -> list[Message]:
        document = {"uri": self.uri(name)}
        context = {"diagnostics": [], **context}
        found: list[Message] = self.ask("textDocument/codeAction", textDocument=document, range=place, context=context)
        return found

    def ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            said = self._next()
            if said.get("id") == self._number and "method" not in said:
                assert "error" not in said, said
                return said["result"]

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Message) -> None:
        assert self._server.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def _next(self) -> Message:
        message = self._said.get(timeout=SECONDS)
        if not message:
            assert self._server.stderr is not None
            raise AssertionError(self._server.stderr.read().decode())
        self.told.append(message)
        return message

    def _listen(self) -> None:
        output = self._server.stdout
        assert output is not None
        while header := output.readline():
            length = int(header.partition(b":")[2])
            while output.readline() != b"\r\n":
                pass
            message = json.loads(output.read(length))
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})
            self._said.put(message)
        self._said.put({})


def edited(text: str, edits: list[Message]) -> str:
    """A text after edits, as an editor that counts in UTF-16 carries them out."""
    rows = text.split("\n")
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row.encode("utf-16-le")) // 2 + 1)
    units = text.encode("utf-16-le")

    def offset(position: Message) -> int:
        return min(2 * (starts[min(position["line"], len(rows))] + position["character"]), len(units))

    for each in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        start, end = offset(each["range"]["start"]), offset(each["range"]["end"])
        units = units[:start] + each["newText"].encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")
