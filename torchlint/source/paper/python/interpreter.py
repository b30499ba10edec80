"""The interpreter put together: what runs each part of the language."""

from __future__ import annotations

from torchlint.source.paper.python.calls import call_routine, call_value
from torchlint.source.paper.python.expressions import evaluate
from torchlint.source.paper.python.machine import Language
from torchlint.source.paper.python.statements import run_block

LANGUAGE = Language(evaluate, run_block, call_value, call_routine)
