"""What one of several gives that is called, whichever of them it is."""

from __future__ import annotations

from collections.abc import Sequence

from torchlint.facts.subject import Subject
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Choice, Many, Opaque, Ordered, Parameters, Value
from torchlint.source.paper.state.containers import append, entries_of, new_list
from torchlint.source.paper.state.state import State


def given_by_one(state: State, choice: Choice, several: Sequence[Value], results: Sequence[Value]) -> Value:
    """What one of several gave: itself, where each gave itself; else something of that one's."""
    if results and all(result is each for result, each in zip(results, several, strict=True)):
        return choice
    return one_of([_as_its_own(state, choice, each) for each in results] or [Opaque()])


def _as_its_own(state: State, choice: Choice, result: Value) -> Value:
    """A result that is known to come from whichever was chosen, and so do the parts of a tuple."""
    whichever = Subject(frozenset((choice.number,)), open=False)
    match result:
        case Parameters():
            return Parameters(result.first_names, result.number, subject=result.subject | whichever)
        case TensorValue() if result.subject.own:
            return result.refined(subject=result.subject | whichever)
        case Many(kind=Ordered.TUPLE):
            marked = new_list(state, Ordered.TUPLE, result.site)
            for each, site, certain in entries_of(state, result):
                append(state, marked, _as_its_own(state, choice, each), site, certain=certain)
            return marked
    return result
