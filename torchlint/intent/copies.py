"""Names of networks that are to be copies of others."""

from __future__ import annotations

from torchlint.intent.naming import say
from torchlint.knowledge.purposes import COPY_WORDS


def is_copy_by_name(name: str) -> bool:
    """Whether a name says that a network follows another one, and so is no other name of it."""
    return say((name,), COPY_WORDS)
