"""Finds models that are tested on all data at once between steps, in no loop of their own: graphs, small data sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Backward, Forward, LossComputed, Step, Unseen, may_differentiate, may_train_unseen
from torchlint.intent.held_out import is_held_out_of
from torchlint.source.paper.detect.detector import listens
from torchlint.source.paper.detect.loops.evaluating import (
    EvaluatedCalls,
    EvaluationFinder,
    hands_graph_on,
    may_evaluate,
)
from torchlint.source.paper.detect.surroundings import is_in_unit_tests
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.occurrences.program import EntryEnded, FunctionRan, LoopRan, ProgramRan
from torchlint.source.paper.occurrences.training import ForwardRan
from torchlint.source.paper.python.machine import Machine


@dataclass(frozen=True, slots=True)
class Run:
    """A model that was run, the number of the innermost loop there, and those of all functions that were being run.

    `held_out` says that it was given what is named for it, and surely no batch of a loader.
    """

    forward: Forward
    loop: int
    frames: frozenset[int]
    held_out: bool


class EvaluationsBesideTraining(EvaluationFinder):
    """What a model that was trained in train mode is run on in eval mode, and measured, before it is trained again.

    What is held out by its name need not be measured, nor the model be in eval mode. A function that hands the graph on
    may be a part of a training step.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._trained: set[int] = set()
        self._run: list[Run] = []
        """What was run since the last training."""
        self._measured: set[int] = set()
        """The numbers of the functions and loops in which a loss was computed since then."""
        self._found: dict[int, list[tuple[Forward, ...]]] = {}
        self._evaluated = self.share(EvaluatedCalls).evaluations

    @listens
    def collect_forward(self, ran: ForwardRan) -> None:
        """Remember what is run, and where."""
        loops = self.machine.loops
        frames = frozenset(each.number for each in self.machine.frames)
        held_out = ran.forward.on_data is Unknown and self._is_held_out(ran.given)
        self._run.append(Run(ran.forward, loops[-1].number if loops else -1, frames, held_out))

    def _is_held_out(self, given: Iterable[Value]) -> bool:
        """Whether something is named as the held-out part of what a name in the same file says is trained on."""
        words = self.machine.frame.module.summary.words
        return any(is_held_out_of(self.machine.names_of(each), words) for each in given)

    @listens
    def collect_measured(self, _: LossComputed) -> None:
        """Remember where a loss is computed."""
        if self._trained:
            self._measured.update(frame.number for frame in self.machine.frames)
            self._measured.update(loop.number for loop in self.machine.loops)

    @listens
    def collect_backward(self, _: Backward) -> None:
        """What was run before may be trained with, or is run for its gradients."""
        self._begin_anew()

    @listens
    def collect_step(self, _: Step) -> None:
        """What was run before is over."""
        self._begin_anew()

    @listens
    def collect_unseen(self, unseen: Unseen) -> None:
        """A call that was not read may train with what was run before, or take its gradients."""
        if may_train_unseen(unseen) or may_differentiate(unseen):
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._trained.update(each.forward.model.number for each in self._run if each.forward.training is Yes)
        self._run.clear()
        self._measured.clear()

    @listens
    def find_in_loop(self, ran: LoopRan) -> None:
        """Keep what a loop tests until it is known what the function around it returns."""
        measured = ran.loop.number in self._measured
        tests = self._tests([each for each in self._run if each.loop == ran.loop.number], measured=measured)
        if not tests:
            return
        if self.machine.frame.function:
            self._found.setdefault(self.machine.frame.number, []).append(tests)
        else:
            self.emit_evaluation(tests, tests[0].site)

    @listens
    def find_in_function(self, _: FunctionRan) -> None:
        """Tell of what a function tests that hands no graph on."""
        number = self.machine.frame.number
        found = self._found.pop(number, [])
        run = [each for each in self._run if number in each.frames and each.loop < number]
        found.append(self._tests(run, measured=number in self._measured))
        if any(found) and not hands_graph_on(self.machine):
            for tests in filter(None, found):
                self.emit_evaluation(tests, tests[0].site)

    @listens
    def find_in_script(self, ran: ProgramRan) -> None:
        """Tell of what a script tests at its end, in no function."""
        module = self.machine.project.modules.get(ran.site.file)
        if module is None or is_in_unit_tests(module):
            return
        at_top = [each for each in self._run if each.loop < 0 and len(each.frames) == 1]
        tests = tuple(each.forward for each in at_top if self._is_test(each, measured=False))
        if tests:
            self.emit_evaluation(tests, tests[0].site)

    @listens
    def end_entry(self, _: EntryEnded) -> None:
        """Another program trains other models."""
        self._begin_anew()
        self._trained.clear()

    def _tests(self, run: list[Run], *, measured: bool) -> tuple[Forward, ...]:
        """Those of what was run that test a model."""
        tests = tuple(each.forward for each in run if self._is_test(each, measured=measured))
        if not tests or not may_evaluate(self.machine) or is_in_unit_tests(self.machine.frame.module):
            return ()
        return tests

    def _is_test(self, run: Run, *, measured: bool) -> bool:
        forward = run.forward
        if forward.model.number not in self._trained or forward.site in self._evaluated:
            return False
        return run.held_out or (measured and forward.training is No and forward.on_data is not No)
