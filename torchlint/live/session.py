"""Runs a whole program and watches it from the moment it has imported torch until it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torchlint.facts.fact import Fact
from torchlint.live import EVERY
from torchlint.live.attach.child_processes import ChildProcesses
from torchlint.live.attach.on_import import when_torch_is_imported
from torchlint.live.attach.patches import Patches
from torchlint.live.ranks.records import Rank
from torchlint.live.script import Ending, Program, Stop, run
from torchlint.live.stream.events import BackwardStarted, BatchDrawn, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.probing.first_batch import FirstBatchProbes
    from torchlint.live.ranks.recording import RankRecorder
    from torchlint.live.watching import Watch


@dataclass(frozen=True, slots=True)
class Options:
    """How to watch.

    `every`: in which steps closely. `steps`: after how many steps to end the program. `probes`: whether models are
    tried out on copies. `overfit`: whether training loaders give their first batch again and again. `rank`: which
    process of a distributed run this is.
    """

    every: int = EVERY
    steps: int | None = None
    probes: bool = True
    overfit: bool = False
    rank: Rank | None = None


class Session:
    """One program that is run and watched."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._patches = Patches()
        self._watch: Watch | None = None
        self._children: ChildProcesses | None = None
        self._probes: FirstBatchProbes | None = None
        self.rank_recorder: RankRecorder | None = None

    def run(self, program: Program) -> Ending:
        """Run the program to its end."""
        self._children = ChildProcesses(self._patches)
        try:
            with when_torch_is_imported(self._open), self._closing():
                return run(program)
        finally:
            self._patches.restore()

    @property
    def facts(self) -> list[Fact]:
        """What is known of the run by now."""
        return self._watch.facts if self._watch is not None else []

    @property
    def steps(self) -> int:
        """How many optimizer steps were seen."""
        return self._watch.recorder.step_number if self._watch is not None else 0

    @property
    def children(self) -> int:
        """How many processes the program started that could have trained too."""
        return self._children.started if self._children is not None else 0

    @property
    def not_probed(self) -> list[str]:
        """What could not be probed, and why."""
        return list(dict.fromkeys(self._probes.refusals)) if self._probes is not None else []

    def _open(self) -> None:
        from torchlint.live.watching import Watch

        self._watch = Watch(every=self._options.every, also=self._listeners)
        self._watch.__enter__()
        if self._options.overfit:
            from torchlint.live.probing.pinned import PinnedBatches

            PinnedBatches(self._watch.recorder).install(self._patches)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self._watch is not None:
                self._watch.__exit__()

    def _listeners(self, recorder: Recorder) -> Iterable[Observer]:
        if self._options.rank is not None:
            from torchlint.live.ranks.recording import RankRecorder

            self.rank_recorder = RankRecorder(recorder, self._options.rank)
            yield self.rank_recorder
        if self._options.overfit:
            from torchlint.live.probing.overfit_run import OverfitRun

            yield OverfitRun(recorder)
        if self._options.probes:
            from torchlint.live.probing.first_batch import FirstBatchProbes
            from torchlint.live.probing.shifted_targets import ShiftedTargets

            self._probes = FirstBatchProbes(recorder)
            yield self._probes
            yield ShiftedTargets(recorder)
        if self._options.steps is not None:
            yield StepLimit(recorder, self._options.steps)


class StepLimit(Observer):
    """Ends the program after so many optimizer steps: when the next iteration begins, so that the last one is whole."""

    def __init__(self, recorder: Recorder, steps: int) -> None:
        self._recorder = recorder
        self._steps = steps

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """A new batch: a new iteration."""
        self._end_if_due()

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """A program without loaders begins anew here."""
        self._end_if_due()

    @on(StepStarted)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """`step_number` counts this step already."""
        self._end_if_due(self._steps + 1)

    def _end_if_due(self, at: int | None = None) -> None:
        if self._recorder.step_number >= (at or self._steps):
            raise Stop
