"""Whose parameters an event is about: the common ground of backward, clip, step and clear."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes


@dataclass(frozen=True, slots=True)
class Subject:
    """A set of parameter owners (models, layers, single parameters), each named by a number unique in the run.

    `above` holds the owners that contain them. `open` means that there may be others which are not known.
    """

    own: frozenset[int] = frozenset()
    above: frozenset[int] = frozenset()
    open: bool = True

    def concerns(self, other: Subject) -> Answer:
        """Whether the two share parameters."""
        if self.own & other.own or self.own & other.above or self.above & other.own:
            return Yes
        return Unknown if self.open or other.open else No

    def __or__(self, other: Subject) -> Subject:
        return Subject(self.own | other.own, self.above | other.above, self.open or other.open)


NOBODY = Subject(open=False)
ANYBODY = Subject()
