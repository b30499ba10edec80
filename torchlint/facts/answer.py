"""Three answers: what is asked of a program is known to hold, known not to hold, or unknown."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class Answer(Enum):
    """Three-valued truth; compare with `is`, for an unknown answer is neither true nor false."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @staticmethod
    def of(truth: bool | None) -> Answer:
        """Turn a bool, or None for unknown, into an answer."""
        if truth is None:
            return Answer.UNKNOWN
        return Answer.YES if truth else Answer.NO

    def __bool__(self) -> NoReturn:
        raise TypeError("an Answer may be unknown: compare it with `is Yes` or `is No`")

    def __invert__(self) -> Answer:
        if self is Answer.UNKNOWN:
            return self
        return Answer.NO if self is Answer.YES else Answer.YES

    def __and__(self, other: Answer) -> Answer:
        if Answer.NO in (self, other):
            return Answer.NO
        return Answer.UNKNOWN if Answer.UNKNOWN in (self, other) else Answer.YES

    def __or__(self, other: Answer) -> Answer:
        return ~(~self & ~other)


Yes, No, Unknown = Answer.YES, Answer.NO, Answer.UNKNOWN


def join(answers: Iterable[Answer]) -> Answer:
    """What is known when the program may have come by any of several ways: an answer that all share."""
    seen = set(answers)
    return seen.pop() if len(seen) == 1 else Unknown


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes if one is, No if all are; No of nothing."""
    result = No
    for answer in answers:
        result = result | answer
    return result


def all_of(answers: Iterable[Answer]) -> Answer:
    """Yes if all are, No if one is not; Yes of nothing."""
    return ~any_of(~answer for answer in answers)
