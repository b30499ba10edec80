"""Detects predictions: a model whose weights were loaded is run, and nothing trains it."""

from __future__ import annotations

from torchlint.facts.answer import Yes
from torchlint.facts.event import Step
from torchlint.facts.run import Prediction
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.finders import EVALUATION_FINDERS
from torchlint.source.paper.detect.surroundings import is_in_unit_tests
from torchlint.source.paper.domain.values import Kind, Literal, Thing, Value
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.program import EntryEnded, ProjectEnded
from torchlint.source.paper.occurrences.training import BackwardRan, Evaluated, ForwardRan, FrameworkFit
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import AS_BUILT, LOADED, MODES


class Predictions(Detector):
    """Models that are run in programs that train nothing; what an evaluation runs is told as such."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.share_all(EVALUATION_FINDERS)
        self._trains = False
        self._of_entry: list[Prediction] = []
        self._predictions: list[tuple[Prediction, int]] = []
        self._evaluated: set[Site] = set()

    @listens
    def collect_forward(self, ran: ForwardRan) -> None:
        """Remember a model with loaded weights that is run in training mode.

        Part of a model gets its mode from the whole; who calls `train()` to predict (to gather the statistics of batch
        norm, say) has said so.
        """
        forward, model, frames = ran.forward, ran.model, self.machine.frames
        if forward.training is not Yes or not self._is_loaded(model):
            return
        inside = any(isinstance(each.receiver, Thing) and each.receiver.kind is Kind.LAYER for each in frames)
        told = self.machine.state.get(MODES, model.number) != {AS_BUILT}
        if not inside and not told and not is_in_unit_tests(self.machine.frame.module):
            self._of_entry.append(Prediction(site=forward.site, via=forward.via, forward=forward))

    @listens
    def collect_evaluated(self, evaluated: Evaluated) -> None:
        """Remember what an evaluation runs."""
        self._evaluated |= {forward.site for forward in evaluated.forwards}

    @listens
    def collect_step(self, _: Step) -> None:
        """An optimizer steps: the program trains."""
        self._trains = True

    @listens
    def collect_backward(self, _: BackwardRan) -> None:
        """Gradients are computed: the program trains."""
        self._trains = True

    @listens
    def collect_fit(self, fit: FrameworkFit) -> None:
        """A framework may train."""
        self._trains |= fit.trains

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """What is given a loss or an optimizer may train with it."""
        self._trains |= unread.may_train

    @listens
    def end_entry(self, _: EntryEnded) -> None:
        """Keep the predictions of a program that has ended, if it trained nothing."""
        if not self._trains:
            self._predictions += [(each, self.machine.budget.entry) for each in self._of_entry]
        self._of_entry, self._trains = [], False

    @listens
    def emit_predictions(self, _: ProjectEnded) -> None:
        """Tell of the predictions that no evaluation makes."""
        for prediction, entry in self._predictions:
            if prediction.site not in self._evaluated:
                self.emit(prediction, entry)

    def _is_loaded(self, model: Value) -> bool:
        """Whether a model's weights were loaded, or came with it."""
        loaded = self.machine.state.get(LOADED, model.number)
        return loaded is Yes or (isinstance(model, Thing) and _is_pretrained(model))


def _is_pretrained(model: Thing) -> bool:
    """A torchvision model that was asked for its weights."""
    for name in ("weights", "pretrained"):
        given = model.arguments.keywords.get(name)
        if given is not None:
            return not (isinstance(given, Literal) and not given.value)
    return False
