"""Detects predictions: a model whose weights were loaded is run, and nothing trains it."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import No, Yes, join
from torchlint.facts.event import Step
from torchlint.facts.run import Prediction
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.evaluating import EvaluatedCalls
from torchlint.source.paper.detect.loops.finders import EVALUATION_FINDERS
from torchlint.source.paper.detect.surroundings import is_in_unit_tests
from torchlint.source.paper.domain.values import Kind, Literal, Thing, Value
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.program import EntryEnded, ProjectEnded
from torchlint.source.paper.occurrences.training import BackwardRan, ForwardRan, FrameworkFit, ModelSaved
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import AS_BUILT, LOADED, MODES, READ_FROM, Kept


class Predictions(Detector):
    """Models that are run in programs that train nothing; what an evaluation runs is told as such."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.share_all(EVALUATION_FINDERS)
        self._trains = False
        self._of_entry: list[tuple[Prediction, Kept | None]] = []
        self._predictions: list[tuple[Prediction, Kept | None, int]] = []
        self._evaluated = self.share(EvaluatedCalls).evaluations
        self._saved: dict[Kept, list[ModelSaved]] = {}

    @listens
    def collect_saved(self, saved: ModelSaved) -> None:
        """Remember in which mode a whole model is saved: whoever reads it gets it so."""
        self._saved.setdefault(saved.kept, []).append(saved)

    @listens
    def collect_forward(self, ran: ForwardRan) -> None:
        """Remember a model with loaded weights that is run in training mode.

        Part of a model gets its mode from the whole, but a method of its own may run the whole. Who calls `train()` to
        predict (to gather the statistics of batch norm, say) has said so.
        """
        forward, model, frames = ran.forward, ran.model, self.machine.frames
        kept = self.machine.state.get(READ_FROM, model.number)
        if kept is None and (forward.training is not Yes or not self._is_loaded(model)):
            return
        receivers = [each.receiver for each in frames if isinstance(each.receiver, Thing)]
        inside = any(each.kind is Kind.LAYER and each.number != model.number for each in receivers)
        told = self.machine.state.get(MODES, model.number) != {AS_BUILT}
        if not inside and not told and not is_in_unit_tests(self.machine.frame.module):
            self._of_entry.append((Prediction(site=forward.site, via=forward.via, forward=forward), kept))

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
            self._predictions += [(each, kept, self.machine.budget.entry) for each, kept in self._of_entry]
        self._of_entry, self._trains = [], False

    @listens
    def emit_predictions(self, _: ProjectEnded) -> None:
        """Tell of the predictions that no evaluation makes."""
        for prediction, kept, entry in self._predictions:
            if prediction.site not in self._evaluated:
                self.emit(prediction if kept is None else self._as_saved(prediction, kept), entry)

    def _as_saved(self, prediction: Prediction, kept: Kept) -> Prediction:
        """A prediction by a model that was read whole, in the mode in which the project saved it."""
        saved = self._saved.get(kept)
        if not saved:
            return prediction
        model = next((each.model for each in saved if each.model.mode_dependent is No), saved[0].model)
        training = join(each.training for each in saved)
        return replace(prediction, forward=replace(prediction.forward, training=training, model=model))

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
