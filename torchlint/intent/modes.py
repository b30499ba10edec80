"""Whether the mode of a model is chosen on purpose."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.intent.naming import say
from torchlint.knowledge.purposes import MODE_WORDS


def choose_mode(names: Iterable[str]) -> bool:
    """Whether the names in a condition say that it chooses a mode (`if not mc_dropout: model.eval()`)."""
    return say(names, MODE_WORDS)
