"""Detects targets that are computed by the model that learns from them, and carry its graph."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No
from torchlint.facts.loss import BootstrappedTarget
from torchlint.facts.site import Site
from torchlint.intent.bootstrapping import lets_gradients_through
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.surroundings import place_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.occurrences.training import BackwardRan, LossCompared


class BootstrappedTargets(Detector):
    """Targets in which something is added to what a model gave."""

    @listens
    def emit_target(self, compared: LossCompared) -> None:
        """A loss compares a prediction with a target; a symmetric one may be given them the other way round."""
        loss = compared.calls[0].site if compared.calls else None
        self._emit(compared.prediction, compared.target, loss)
        if compared.symmetric:
            self._emit(compared.target, compared.prediction)

    def _emit(self, prediction: Value | None, target: Value | None, loss: Site | None = None) -> None:
        match prediction, target:
            case TensorValue(bootstraps=None), TensorValue(bootstraps=site) if site is not None:
                apart = site != self.machine.site(self.machine.place.line)
                self.emit(
                    BootstrappedTarget(
                        site=site,
                        via=tuple(self.machine.via),
                        trained=self._trained(prediction, target),
                        meant=lets_gradients_through(place_of(self.machine)),
                        alone=Answer.of(apart),
                        loss=None if apart else loss,
                    )
                )

    @listens
    def emit_difference(self, ran: BackwardRan) -> None:
        """A difference that was written out by hand is run backward."""
        if ran.loss is not None and ran.loss.difference is not None:
            meant = lets_gradients_through(place_of(self.machine))
            via = tuple(self.machine.via)
            self.emit(BootstrappedTarget(site=ran.loss.difference, via=via, trained=ran.loss.graph, meant=meant))

    def _trained(self, prediction: TensorValue, target: TensorValue) -> Answer:
        """Whether both come from the same model, and both with its graph."""
        if No in (prediction.graph, target.graph):
            return No
        return prediction.graph & target.graph & prediction.subject.concerns(target.subject)
