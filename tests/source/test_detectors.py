"""A detector that raises costs its own facts, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import pytest

from torchlint.facts.event import Backward, Step
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.source.lint import examine
from torchlint.source.paper import run
from torchlint.source.paper.detect.detector import Detector
from torchlint.source.paper.detect.detectors import DETECTORS
from torchlint.source.paper.occurrences.bus import Bus, GaveUp

FIXTURES = Path(__file__).parents[2] / "fixtures"
FOLDERS = sorted({file.parent for file in FIXTURES.rglob("*.py")})

Told = tuple[str, Site, tuple[Site, ...]]
SITE = Site("train.py", 1)


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.__name__)
def test_the_facts_of_others_stay(detector: type[Detector], monkeypatch: pytest.MonkeyPatch) -> None:
    name = detector.__name__
    folder = next((each for each in FOLDERS if emitted_in(each)[name]), None)
    assert folder is not None, f"no fixture makes {name} emit anything"
    everything = told(facts_of(folder))
    own = emitted_in(folder)[name]
    for method in listeners(detector):
        monkeypatch.setattr(detector, method, raising(getattr(detector, method)))
    assert told(facts_of(folder)) == everything - own


def test_the_order_of_detectors_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    some = FOLDERS[::4]
    facts = [told(facts_of(folder)) for folder in some]
    monkeypatch.setattr(run, "DETECTORS", DETECTORS[::-1])
    assert [told(facts_of(folder)) for folder in some] == facts


def test_a_listener_that_raises_is_left_out_and_named() -> None:
    bus, heard = Bus(), list[str]()

    def fail(_: Backward) -> None:
        heard.append("fail")
        raise ValueError("broken")

    bus.subscribe("Broken", Backward, fail)
    bus.subscribe("Sound", Backward, lambda _: heard.append("sound"))
    bus.subscribe("Broken", Step, fail)
    for event in (Backward(site=SITE), Backward(site=SITE), Step(site=SITE, optimizer=1)):
        bus.tell(event)
    assert heard == ["fail", "sound", "sound"]
    assert [type(failure.error) for failure in bus.failed.values()] == [ValueError]
    assert list(bus.failed) == ["Broken"]


def test_who_depends_on_a_listener_that_raises_is_left_out_with_it() -> None:
    bus, heard = Bus(), list[str]()

    def fail(_: Backward) -> None:
        raise ValueError("broken")

    def hear(name: str) -> Callable[[Backward], None]:
        return lambda _: heard.append(name)

    bus.depend("Dependent", on="Analysis")
    bus.depend("Analysis", on="Broken")
    bus.subscribe("Broken", Backward, fail)
    for name in ("Analysis", "Dependent", "Other"):
        bus.subscribe(name, Backward, hear(name))
    bus.tell(Backward(site=SITE))
    assert heard == ["Other"]
    assert set(bus.failed) == {"Broken", "Analysis", "Dependent"}


@pytest.mark.parametrize("limit", [GaveUp, RecursionError])
def test_the_limits_of_a_program_are_no_failure_of_a_listener(limit: type[Exception]) -> None:
    bus = Bus()

    def reach(_: Backward) -> None:
        raise limit

    bus.subscribe("Sound", Backward, reach)
    with pytest.raises(limit):
        bus.tell(Backward(site=SITE))
    assert not bus.failed


def listeners(detector: type[Detector]) -> list[str]:
    """The methods of a detector that listen to something."""
    return [name for name in dir(detector) if "listens" in getattr(getattr(detector, name), "__dict__", {})]


def raising(method: Callable[..., None]) -> Callable[..., None]:
    """A listener that listens to the same and raises."""

    @wraps(method)
    def fail(*_: Any) -> None:
        raise ValueError("broken")

    return fail


def facts_of(folder: Path) -> list[Fact]:
    return examine([file.as_posix() for file in sorted(folder.glob("*.py")) if file.suffixes == [".py"]], jobs=1).facts


def told(facts: list[Fact]) -> set[Told]:
    """What tells facts of one run from each other, and is the same in another."""
    return {(type(fact).__name__, fact.site, fact.via) for fact in facts}


@cache
def emitted_in(folder: Path) -> dict[str, set[Told]]:
    """What each detector emits of a folder, by its name."""
    emitted: dict[str, set[Told]] = defaultdict(set)

    emit = Detector.emit

    def watched(self: Detector, fact: Fact, *more: object) -> object:
        emitted[type(self).__name__] |= told([fact])
        return emit(self, fact, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Detector, "emit", watched)
        facts_of(folder)
    return emitted
