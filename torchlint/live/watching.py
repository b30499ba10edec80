"""The watch of a run: hooks are installed on entering and removed on leaving, and facts come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from torchlint.facts.fact import Fact
from torchlint.facts.hygiene import Synchronisation
from torchlint.finding import Finding
from torchlint.live.attach import hooks
from torchlint.live.attach.patches import Patches
from torchlint.live.causes import with_causes
from torchlint.live.health import health_observers, with_gradient_norms
from torchlint.live.judging import chosen, judged
from torchlint.live.loops import loop_observers
from torchlint.live.models.kept_weights import KeptModelWeights
from torchlint.live.models.loaded_weights import LoadedModelWeights
from torchlint.live.models.models import Models
from torchlint.live.models.moving_views import MovingViews
from torchlint.live.models.second_names import SecondNames
from torchlint.live.objects.bootstrapping import BootstrappedTargets
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.losses import Losses
from torchlint.live.objects.padding import Padding
from torchlint.live.objects.parts import Parts
from torchlint.live.objects.pipelines import Pipelines
from torchlint.live.objects.trained_samples import TrainedSamples
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.cells import cells, named
from torchlint.live.text.pages import text_of
from torchlint.report.full import full

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer


class Watch:
    """Watches what runs while it is open.

    It can be entered again when it was left, and starts anew then; entered while it is open, it stays the same
    watch until it is left as often. Several watches may be open at once.
    """

    def __init__(
        self,
        model: Module | None = None,
        optimizer: Optimizer | None = None,
        *,
        every: int,
        select: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        also: Callable[[Recorder], Iterable[Observer]] = lambda recorder: (),
    ) -> None:
        self._rules = chosen(select, ignore)
        self._every = every
        self._known = (model, optimizer)
        self._also = also
        self._depth = 0
        self._patches = Patches()
        self.recorder = Recorder(every)

    def __enter__(self) -> Watch:
        self._depth += 1
        if self._depth == 1:
            self._open()
        return self

    def __exit__(self, *error: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._close()

    def _open(self) -> None:
        self.recorder = Recorder(self._every)
        self._patches = Patches()
        for observer in (*self._observers(), *self._also(self.recorder)):
            self.recorder.add(observer)
        try:
            reads = any(rule.wants(Synchronisation) for rule in self._rules)
            hooks.install(self.recorder, self._patches, reads=reads)
        except BaseException:
            self._patches.restore()
            raise
        self.recorder.start()

    def _close(self) -> None:
        self.recorder.stop()
        self._patches.restore()

    def _observers(self) -> list[Observer]:
        """The observers, in the order in which they get events."""
        identities = Identities()
        layers = Layers(identities)
        pipelines = Pipelines(identities, layers)
        loaders = Loaders(identities, pipelines)
        losses = Losses(self.recorder, layers, loaders)
        loops = loop_observers(self.recorder, identities, layers, loaders, losses, self._known[1])
        models = Models(self.recorder, layers)
        models.know(self._known[0])
        health = health_observers(self.recorder, layers, loaders, self._known[0])
        weights = [KeptModelWeights(self.recorder), SecondNames(self.recorder), LoadedModelWeights()]
        tensors = [BootstrappedTargets(self.recorder), MovingViews()]
        data = [loaders, TrainedSamples(loaders)]
        return [layers, losses, *tensors, pipelines, Parts(), Padding(), *loops, *data, models, *weights, *health]

    @property
    def facts(self) -> list[Fact]:
        """What is known of the run by now."""
        return with_causes(with_gradient_norms(self.recorder.facts()))

    @property
    def findings(self) -> list[Finding]:
        """What the rules say of it."""
        return judged(self.facts, self._rules)

    def report(self) -> str:
        """The findings as text, each with its lines; in a notebook, places are named by cell."""
        names = cells()
        files = {name: file for file, name in names.items()}
        findings = [named(finding, names) for finding in self.findings]
        return full(findings, lambda file: text_of(files.get(file, file))) or "Nothing found.\n"

    def _repr_html_(self) -> str:
        """The report, as a notebook shows it."""
        return f"<pre>{escape(self.report())}</pre>"
