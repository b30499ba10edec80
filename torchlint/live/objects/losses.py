"""Calls of losses: where their prediction and target come from, and in which range their values lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from torch import is_grad_enabled

from torchlint.facts.answer import Answer
from torchlint.facts.layer import HAVE_FLOOR, Range
from torchlint.facts.loss import LossCall, Origin, Tensor
from torchlint.facts.site import Site
from torchlint.knowledge.functional import ACTIVATIONS
from torchlint.knowledge.layers import ACTIVATIONS as ACTIVATION_LAYERS
from torchlint.knowledge.layers import DROPOUTS, FILE_OF_ACTIVATIONS, LAYERS
from torchlint.knowledge.losses import LOSSES, LOSSES_ELSEWHERE
from torchlint.live.objects.graph import lines_of, source_of_range
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.tensors import storage, tensors_in
from torchlint.live.stream.events import BackwardEnded, BackwardStarted, ForwardEnded, GradientsReturned
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    import torch

LOOKED_AT = 8
"""So many calls of a loss at one place are looked into; after that it is taken to stay as it was."""


class Losses(Observer):
    """Listens to layers, and describes what the losses are given.

    The range of a prediction stands in its graph. Where an activation was called is looked up only when one was met:
    torch records it in the next pass.
    """

    def __init__(self, recorder: Recorder, layers: Layers, loaders: Loaders) -> None:
        self._recorder = recorder
        self._layers = layers
        self._loaders = loaders
        # By address, while they live: without a graph nothing keeps them, and another tensor may have their memory.
        self._activations: dict[int, tuple[Range, Site, ref[torch.Tensor]]] = {}
        self._outputs: dict[int, ref[torch.Tensor]] = {}
        self._dropped: WeakMap[tuple[Range, Site | None]] = WeakMap()
        self._calls: dict[tuple[object, ...], dict[Site | None, LossCall]] = {}
        self._latest: dict[tuple[object, ...], tuple[int, LossCall]] = {}
        self._not_placed: set[tuple[object, ...]] = set()
        self._met: WeakMap[int] = WeakMap()
        self._passes = 0
        self._ran = 0

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """An activation layer is placed where it was built."""
        module, inputs, output = event.module, event.inputs, event.output
        self._ran = id(module)
        for tensor in tensors_in(output):
            self._outputs[storage(tensor)] = ref(tensor)
        name = type(module).__name__
        if name in LOSSES_ELSEWHERE and len(inputs) == 2:
            self.call(LOSSES_ELSEWHERE[name], dict(zip(("input", "target"), inputs, strict=True)), here)
        if not type(module).__module__.startswith("torch.nn"):
            return
        if name in DROPOUTS:
            self._pass_on(inputs, output)
        elif name in ACTIVATION_LAYERS:
            found = LAYERS[name].output
            if found is not None:
                self._activated(output, found, self._layers.site(module) or here())

    @on(BackwardStarted, closely=True)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The graph is made."""
        self._recorder.record_lines(False)

    @on(BackwardEnded, closely=True)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """What was computed for this backward is over."""
        self._activations.clear()
        self._outputs.clear()
        self._passes += 1
        if self._not_placed:
            self._recorder.record_lines(True)

    @on(GradientsReturned)
    def gradients_returned(self, event: GradientsReturned, here: Here) -> None:
        """The graph is used in another way."""
        self._recorder.record_lines(False)

    def call(self, name: str, arguments: dict[str, Any], here: Here) -> LossCall:
        """The call of a loss as a fact."""
        # Several models may be trained in one loop, one after another: the outermost ran last.
        place = (name, self._ran, type(getattr(arguments.get("input"), "grad_fn", None)), *spots_of(here.chain))
        times, latest = self._latest.get(place, (0, None))
        if latest is not None and times >= LOOKED_AT:
            return latest
        kind = LOSSES[name]
        reduction = arguments.get("reduction", "mean")
        prediction, target = self._tensor(arguments.get("input")), self._tensor(arguments.get("target"))
        if kind.symmetric and prediction.origin is Origin.UNKNOWN and self._lasts(arguments.get("input")):
            # It was the same when it was met first, and nothing was known of it.
            self._calls.pop((place, _plain(prediction), _plain(target), reduction), None)
            prediction = replace(prediction, origin=Origin.TARGET)
        seen = (place, _plain(prediction), _plain(target), reduction)
        calls = self._calls.setdefault(seen, {})
        made = prediction.activation
        call = next(iter(calls.values()), None) if made is None else calls.get(made)
        if call is None:
            call = calls[made] = LossCall(
                site=here(),
                via=here.via,
                loss=name,
                expects=kind.expects,
                symmetric=kind.symmetric,
                prediction=prediction,
                target=target,
            )
        if made is not None:
            calls.pop(None, None)  # It is known now.
        self._latest[place] = (times + 1, call)
        if made is not None or prediction.range in (Range.UNKNOWN, Range.RAW) or times + 1 >= LOOKED_AT:
            self._not_placed.discard(place)
        else:
            self._not_placed.add(place)
        return call

    def finish(self) -> Iterable[LossCall]:
        """Every loss that takes a prediction and a target."""
        found = (call for calls in self._calls.values() for call in calls.values())
        return [call for call in found if not LOSSES[call.loss].pairwise]

    def _activated(self, value: Any, found: Range, site: Site) -> None:
        for tensor in tensors_in(value):
            self._activations[storage(tensor)] = (found, site, ref(tensor))

    def _pass_on(self, inputs: tuple[Any, ...], output: Any) -> None:
        """Dropout sets some values to 0 and stretches the others: what has a floor keeps it."""
        before, after = next(tensors_in(inputs), None), next(tensors_in(output), None)
        if before is None or after is None:
            return
        found, node = source_of_range(before.grad_fn)
        if found in HAVE_FLOOR:
            self._dropped[after] = (found, self._site_of(found, storage(before), node))

    def _tensor(self, value: torch.Tensor | None) -> Tensor:
        if value is None or not hasattr(value, "grad_fn"):
            return Tensor()
        address = storage(value)
        found, node = source_of_range(value.grad_fn)
        activation = self._activations.get(address)
        if activation is not None and found is Range.UNKNOWN and value.grad_fn is None:
            found = activation[0] if activation[2]() is not None else found
        site = self._site_of(found, address, node)
        if found is Range.UNKNOWN:
            found, site = self._dropped.get(value) or (found, site)
        origin = self._origin(value, address)
        # What was computed without gradients may come from a model whose output is not known to be one.
        recorded = is_grad_enabled() and not value.requires_grad
        return Tensor(
            origin=origin,
            range=found,
            activation=site,
            is_data=Answer.of((origin is not Origin.OUTPUT and recorded) or None),
            shape=tuple(value.shape),
        )

    def _site_of(self, found: Range, address: int, node: Any) -> Site | None:
        """The activation that gave a tensor its range, where that is certain."""
        if found in (Range.UNKNOWN, Range.RAW):
            return None
        activation = self._activations.get(address)
        if activation is not None and activation[0] is found:
            return activation[1]
        for path, line in lines_of(node):
            if Path(path).as_posix().endswith(FILE_OF_ACTIVATIONS):
                sites = {site for each, site, _ in self._activations.values() if each is found}
                return sites.pop() if len(sites) == 1 else None
            if self._recorder.places.files.is_users(path):
                names = (name for name, each in ACTIVATIONS.items() if each is found)
                return self._recorder.places.files.page(path).site_of_call(line, names)
        return None

    def _origin(self, value: torch.Tensor, address: int) -> Origin:
        output = self._outputs.get(address)
        if value.grad_fn is not None or (output is not None and output() is not None):
            return Origin.OUTPUT
        return self._loaders.origin(value)

    def _lasts(self, value: torch.Tensor | None) -> bool:
        """Whether a tensor, or the one that it is a part of, is there for more than one pass: it is data.

        Used for symmetric losses alone: the divergence from a fixed distribution is rightly given that one first.
        """
        if value is None or not hasattr(value, "grad_fn"):
            return False
        whole = value if value._base is None else value._base
        return self._met.setdefault(whole, self._passes) < self._passes


def _plain(tensor: Tensor) -> Tensor:
    return replace(tensor, shape=None, activation=None)
