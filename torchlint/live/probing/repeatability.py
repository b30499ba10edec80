"""What is random in eval mode: a probe of a copy that is run twice, and the calls that drew random numbers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.site import Site
from torchlint.intent.sampling import samples_by_name
from torchlint.knowledge.arguments import DROPOUT_TRAINING
from torchlint.knowledge.functional import DROPOUTS
from torchlint.knowledge.randomness import ADDS, ATTENTION, DRAWS_CHOICES, SCALES
from torchlint.live.objects.tensors import all_tensors_in, floats_in
from torchlint.live.probing.batches import Trial
from torchlint.live.probing.copies import same_random_numbers
from torchlint.live.stream.places import Places, innermost
from torchlint.live.text.constructions import expression_of
from torchlint.live.text.spots import Spot

DISTRIBUTIONS = "torch.distributions"


@dataclass(frozen=True, slots=True)
class Draw:
    """A call that drew random numbers: where, and whether they were added to something as noise.

    `meant` says that a sample is wanted there.
    """

    call: str
    site: Site
    noise: Answer
    meant: Answer


def draws_in_eval_mode(twin: nn.Module, trial: Trial, places: Places) -> list[Draw]:
    """The calls in a copy that make its outputs differ in eval mode, none where they do not differ."""
    twin.eval()
    with torch.no_grad():
        with same_random_numbers():
            first, second = floats_in(trial.output(twin)), floats_in(trial.output(twin))
        with same_random_numbers():
            again = floats_in(trial.output(twin))
    if not _alike(first, again) or _alike(first, second):
        return []  # What differs with the same random numbers too does not come of them.
    mode = _RandomCalls(twin, places)
    with same_random_numbers(), torch.enable_grad(), mode:
        trial.output(twin)
    return mode.found


def _is_switched(spot: Spot) -> bool:
    """Whether the text of a call of dropout says when it is to drop: torch itself hands on what was left out, too."""
    return expression_of((spot,), DROPOUT_TRAINING.name, DROPOUT_TRAINING.position) is not None


def _alike(first: list[Tensor], second: list[Tensor]) -> bool:
    return len(first) == len(second) and all(map(torch.equal, first, second))


@dataclass(slots=True)
class _Noise:
    """Random numbers on their way: what they were drawn by, and the tensor that holds them."""

    draw: Draw
    tensor: Tensor


class _RandomCalls(TorchFunctionMode):
    """Finds the calls after which the state of torch's random numbers is another."""

    def __init__(self, model: nn.Module, places: Places) -> None:
        super().__init__()
        self._places = places
        self._names = frozenset(type(each).__name__ for each in model.modules())
        self._registered = {id(each) for each in model.modules()}
        self._noise: list[_Noise] = []
        self._samples = samples_by_name(self._names)
        self._found: list[Draw] = []

    @property
    def found(self) -> list[Draw]:
        """The draws; all of them are meant where the model chooses at random."""
        if self._samples is not Yes:
            return self._found
        return [Draw(each.call, each.site, each.noise, Yes) for each in self._found]

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        keywords = keywords or {}
        before = torch.get_rng_state()
        value = function(*arguments, **keywords)
        name = getattr(function, "__name__", "").strip("_")
        if not torch.equal(before, torch.get_rng_state()):
            self._drew(name, value)
        elif self._noise:
            self._follow(name, [*all_tensors_in(arguments), *all_tensors_in(keywords)], value)
        return value

    def _drew(self, name: str, value: Any) -> None:
        spot, functions, layer, distributed = self._around()
        if spot is None:
            return
        draw = Draw(name, spot.site, No, samples_by_name(functions))
        if name in DROPOUTS:
            # Dropout that no mode switches, and a layer that no mode reaches, other rules report.
            if _is_switched(spot) if layer is None else id(layer) in self._registered:
                self._add(draw)
        elif name in ATTENTION:
            self._add(draw)
        elif distributed or name in DRAWS_CHOICES:
            self._samples = Yes
        elif isinstance(value, Tensor):
            self._noise.append(_Noise(Draw(name, spot.site, Yes, draw.meant), value))

    def _follow(self, name: str, tensors: list[Tensor], value: Any) -> None:
        """Noise is what is added to something else; what the model scales by a value that it computed is a sample."""
        for noise in list(self._noise):
            if not any(each is noise.tensor for each in tensors):
                continue
            others = [each for each in tensors if each is not noise.tensor]
            if name in ADDS and others:
                self._add(noise.draw)
            elif not others or (name in SCALES and all(each.grad_fn is None for each in others)):
                self._noise += [_Noise(noise.draw, value)] if isinstance(value, Tensor) else []

    def _add(self, draw: Draw) -> None:
        if all(each.site != draw.site for each in self._found):
            self._found.append(draw)

    def _around(self) -> tuple[Spot | None, frozenset[str], Any, bool]:
        """Where the user is, the functions of the model that lead there, a dropout layer, and whether torch samples."""
        frame = sys._getframe(2)
        functions, layer, distributed = set(), None, False
        while frame is not None and frame.f_code is not draws_in_eval_mode.__code__:
            module = frame.f_globals.get("__name__", "")
            distributed = distributed or module.startswith(DISTRIBUTIONS)
            if module == nn.modules.dropout.__name__ and layer is None:
                layer = frame.f_locals.get("self")
            functions.add(frame.f_code.co_name)
            frame = frame.f_back  # type: ignore[assignment]
        return innermost(self._places.chain(sys._getframe(2))), frozenset(functions), layer, distributed
