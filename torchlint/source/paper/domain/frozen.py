"""The decorator of values: mypy refuses to set a field of one, so that Python need not look at each that is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

Made = TypeVar("Made")

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Made], Made]:
        """What mypy reads; nothing else does."""
        return lambda decorated: decorated


@dataclass_transform(eq_default=False, frozen_default=True)
def frozen(kind: type[Made]) -> type[Made]:
    """Make a class of frozen values, of which each is itself alone.

    The check of `dataclass(frozen=True)` costs a tenth of the run on paper, which makes a value at every step.
    """
    return dataclass(slots=True, eq=False)(kind)
