"""`torchlint server` where what it needs is not installed."""

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from torchlint.cli import main


def test_without_pygls_the_way_to_install_it_is_said(
    run_here: Callable[..., "CompletedProcess[str]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "find_spec", lambda name: None)
    result = run_here("server")
    assert result.returncode == 2
    assert result.stderr == ("error: the language server needs pygls: install it by `pip install 'torchlint[lsp]'`\n")
