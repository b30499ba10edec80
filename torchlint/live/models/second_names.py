"""Models that are updated from themselves, for what should be a copy is only another name."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from torchlint.facts.weights import SecondName
from torchlint.live.objects.tensors import storage, tensors_in
from torchlint.live.stream.events import WeightsLoaded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.second_names import Alias, alias_updated
from torchlint.live.text.spots import Spot


class SecondNames(Observer):
    """Looks at each place that loads weights, until it loads those of another model."""

    def __init__(self, recorder: Recorder) -> None:
        self._files = recorder.places.files
        self._found: dict[tuple[Spot, ...], Alias | None] = {}

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """Weights are put into a model: perhaps its own."""
        spots = spots_of(here.chain)
        if spots in self._found and self._found[spots] is None:
            return
        first, own = next(tensors_in(event.weights), None), chain(event.module.parameters(), event.module.buffers())
        if first is None or storage(first) not in map(storage, own):
            self._found[spots] = None
        elif spots not in self._found:
            self._found[spots] = alias_updated(spots, self._files.pages())

    def finish(self) -> Iterable[SecondName]:
        """The second names of models that were updated from themselves at every time."""
        for alias in self._found.values():
            if alias is not None:
                yield SecondName(site=alias.site, name=alias.name, model=alias.model)
