"""How long a keystroke takes to be answered by `torchlint server`: in a script of 500 lines, in a project of 300 files.

By hand: `python tests/benchmarks/server.py [FOLDER SCRIPT] [--keys N]`. Without a folder a project is made: a package
of models, of which the script uses some, and other scripts that use others. Each keystroke changes the script, and is
answered when findings for that text arrive. Beside the time that passes, which other work on the machine lengthens, the
CPU time of the server is told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

GOAL = 0.3
FILES = 300
STEPS = 15
REST = 4.0
"""Seconds between keystrokes, so that the whole project is linted between some of them, as when one stops to think."""

MODEL = """\
import torch
from torch import nn

from .blocks{before} import Block{before}


class Block{number}(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = Block{before}(width)
        self.first = nn.Linear(width, width)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return x + torch.relu(self.norm(self.first(self.inner(x))))
"""
FIRST = """\
from torch import nn


class Block0(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, width)

    def forward(self, x):
        return self.first(x)
"""
OTHER = """\
import torch
from torch import nn

from pack.blocks{number} import Block{number}


def main():
    net = Block{number}(16)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(10):
        for x in torch.randn(100, 8, 16):
            optimizer.zero_grad()
            loss = net(x).pow(2).mean()
            loss.backward()
            optimizer.step()


if __name__ == "__main__":
    main()
"""
HEAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pack.blocks3 import Block3
from pack.blocks7 import Block7
"""
STEP = """\


class Net{number}(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = Block7(16)
        self.head = nn.Linear(16, 3)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return self.head(self.drop(self.body(x)))


def train_{number}(net, loader, optimizer, criterion):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def main_{number}():
    data = TensorDataset(torch.randn(100, 16), torch.zeros(100, dtype=torch.long))
    loader = DataLoader(data, batch_size=8, shuffle=True)
    net = Net{number}()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(3):
        train_{number}(net, loader, optimizer, nn.CrossEntropyLoss())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("script", nargs="?", type=Path)
    parser.add_argument("--keys", type=int, default=10, help="how many keystrokes are timed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or project_in(Path(temporary).resolve())
        script = options.script or folder / "train.py"
        measure(folder.resolve(), script.resolve(), options.keys)


def project_in(folder: Path) -> Path:
    """A package, scripts that use it, and the script that is typed in."""
    package = folder / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "blocks0.py").write_text(FIRST)
    modules = FILES // 2
    for number in range(1, modules):
        (package / f"blocks{number}.py").write_text(MODEL.format(number=number, before=max(0, number % 10 - 1)))
    for number in range(FILES - modules - 2):
        (folder / f"other{number}.py").write_text(OTHER.format(number=number))
    steps = "".join(STEP.format(number=number) for number in range(STEPS))
    calls = "".join(f"    main_{number}()\n" for number in range(STEPS))
    (folder / "train.py").write_text(f'{HEAD}{steps}\n\nif __name__ == "__main__":\n{calls}')
    return folder


def measure(folder: Path, script: Path, keys: int) -> None:
    text = script.read_text("utf-8")
    files = sum(1 for _ in folder.rglob("*.py"))
    print(f"{script.name}: {text.count(chr(10))} lines, in a folder of {files} Python files")
    server = subprocess.Popen(
        [sys.executable, "-m", "torchlint", "server"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    send(
        server,
        id=1,
        method="initialize",
        params={
            "processId": None,
            "capabilities": {},
            "workspaceFolders": [{"uri": folder.as_uri(), "name": "project"}],
        },
    )
    receive(server, lambda said: said.get("id") == 1)
    send(server, method="initialized", params={})
    document = {"uri": script.as_uri(), "version": 1}
    begun = time.perf_counter()
    send(
        server,
        method="textDocument/didOpen",
        params={
            "textDocument": {**document, "languageId": "python", "text": text},
        },
    )
    receive(server, lambda said: version_of(said) == 1)
    print(f"opened: {time.perf_counter() - begun:.2f} s, {cpu_of(server.pid):.2f} s CPU since the server began")
    passed, used = [], []
    for version in range(2, keys + 2):
        time.sleep(REST if version % 3 == 0 else 0.3)
        before, begun = cpu_of(server.pid), time.perf_counter()
        send(
            server,
            method="textDocument/didChange",
            params={
                "textDocument": {**document, "version": version},
                "contentChanges": [{"text": f"{text}\n\ntyped = {version}\n"}],
            },
        )
        receive(server, lambda said, version=version: version_of(said) == version)
        passed.append(time.perf_counter() - begun)
        used.append(cpu_of(server.pid) - before)
    tell("time", passed)
    tell("CPU time", used)
    print(f"goal: {GOAL} s")
    send(server, id=2, method="shutdown", params=None)
    receive(server, lambda said: said.get("id") == 2)
    send(server, method="exit", params=None)
    server.wait(60)


def cpu_of(process: int) -> float:
    """Seconds that a process has used, its own and the system's for it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def version_of(said: dict[str, Any]) -> int | None:
    """The version of a document that findings are told of."""
    if said.get("method") != "textDocument/publishDiagnostics":
        return None
    version: int | None = said["params"].get("version")
    return version


def send(server: subprocess.Popen[bytes], **message: Any) -> None:
    assert server.stdin is not None
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    server.stdin.flush()


def receive(server: subprocess.Popen[bytes], is_it: Any) -> None:
    assert server.stdout is not None
    while True:
        length = 0
        while (line := server.stdout.readline()) != b"\r\n":
            length = int(line.partition(b":")[2]) if line.lower().startswith(b"content-length") else length
        if is_it(json.loads(server.stdout.read(length))):
            return


def tell(name: str, seconds: list[float]) -> None:
    print(f"{name}: {median(seconds):.3f} s in the middle, {min(seconds):.3f} to {max(seconds):.3f} s")


if __name__ == "__main__":
    main()
