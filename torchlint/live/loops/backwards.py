"""What `backward` is called on: a scaled loss, one that was divided, or one that has lost its graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from weakref import ref

import torch

from torchlint.facts.answer import Answer, Unknown, Yes
from torchlint.facts.event import Backward
from torchlint.facts.loss import LossTerm
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.graph import ARITHMETIC
from torchlint.live.objects.graph import nodes_behind, operation
from torchlint.live.objects.loss_terms import LossTerms
from torchlint.live.objects.marks import LossMarks, divided
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.events import BackwardStarted
from torchlint.live.stream.places import Here, innermost, spots_of
from torchlint.live.text.gradient_access import last_gradient_request
from torchlint.live.text.spots import Spot
from torchlint.live.text.user_files import UserFiles

if TYPE_CHECKING:
    from torch import Tensor

FEW = 8
LOOKED_AT = 16
"""So many backwards of one place are looked into; after that it is taken to stay as it was."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known of a backward before it runs; it becomes the event when the backward has run."""

    of_input: bool
    scaled: Answer
    graph: Answer
    divided: Answer
    gradients: Answer
    cut: Site | None
    terms: frozenset[LossTerm] = frozenset()

    def event(self, place: Here, subject: Subject) -> Backward:
        """The event, at the place where the backward was called, with those whose gradients it changed."""
        return Backward(
            site=place(),
            via=place.via,
            subject=subject,
            graph=self.graph,
            cut=self.cut,
            gradients=self.gradients,
            scaled=self.scaled,
            divided=self.divided,
            of_input=Answer.of(self.of_input),
            terms=self.terms,
        )


def gradients_returned(place: Here) -> Backward:
    """The event of a `torch.autograd.grad`: gradients are computed for whoever asks, and no `.grad` changes."""
    return Backward(site=place(), via=place.via, of_input=Yes)


class Backwards:
    """Remembers the losses that were computed and scaled, and recognises them where a backward starts.

    `is_learned` says of a tensor whether an optimizer holds it.
    """

    def __init__(self, marks: LossMarks, terms: LossTerms, is_learned: Callable[[Tensor], bool]) -> None:
        self._marks = marks
        self.terms = terms
        self._is_learned = is_learned
        self._scaled: list[ref[Tensor]] = []
        self._recorded: bool | None = None
        self._ran = False
        self._divided: dict[tuple[Spot, ...], tuple[int, Answer]] = {}

    def model_ran(self) -> None:
        """A model was run, of whose output a loss may be computed by hand."""
        self._ran = torch.is_grad_enabled()

    def loss(self, arguments: Mapping[str, Any], value: Any, here: Here) -> None:
        """A loss was computed."""
        self._recorded = torch.is_grad_enabled()
        whole = arguments.get("reduction", "mean") == "mean"
        legacy = arguments.get("reduce") is None and arguments.get("size_average") is None
        place = spots_of(here.chain)
        self._marks.put(value, place, Answer.of((whole or None) if legacy else None))

    def scale(self, loss: Any, scaled: Any) -> bool:
        """Whether a scaler really scaled: one that is switched off gives back what it was given."""
        self._scaled = [ref(each) for each in tensors_in(scaled)] if scaled is not loss else []
        return bool(self._scaled)

    def start(self, event: BackwardStarted, here: Here, files: UserFiles, *, of_input: bool) -> Start:
        """What a backward starts from; `of_input` says whether gradients of a model's input are wanted."""
        tensors = event.tensors
        scaled = any(each is known() for known in self._scaled for each in tensors)
        recorded, self._recorded = self._recorded, None
        nodes = [each.grad_fn for each in tensors if each.grad_fn is not None]
        if recorded is None and self._ran and not nodes:
            recorded = True  # A number that nothing computed is all there is.
        self._ran = False
        graph = bool(nodes) and not (recorded and self._are_numbers(nodes))
        return Start(
            of_input=of_input,
            scaled=Answer.of(scaled),
            graph=Answer.of(graph),
            divided=self._is_divided(tensors, scaled, here) if graph else Unknown,
            gradients=Answer.of(graph or recorded),
            cut=_cut(tensors, here) if recorded and not graph else None,
            terms=self.terms.of(nodes, spots_of(here.chain), files),
        )

    def _are_numbers(self, nodes: list[Any]) -> bool:
        """Whether nothing but numbers that nobody learns stands behind: a loss that was cut off, and then divided."""
        found = list(islice(nodes_behind(nodes), FEW))
        return len(found) < FEW and all(map(self._is_number, found))

    def _is_number(self, node: Any) -> bool:
        leaf = getattr(node, "variable", None)
        if leaf is None:
            return operation(node) in ARITHMETIC
        return leaf.numel() == 1 and not isinstance(leaf, torch.nn.Parameter) and not self._is_learned(leaf)

    def _is_divided(self, tensors: tuple[Tensor, ...], scaled: bool, here: Here) -> Answer:
        place = spots_of(here.chain)
        times, latest = self._divided.get(place, (0, Unknown))
        if times < LOOKED_AT:
            nodes = [each.grad_fn for each in tensors if each.grad_fn is not None]
            if scaled:
                nodes = [inner for node in nodes for inner, _ in node.next_functions if inner is not None]
            latest = divided(self._marks.under(nodes))
            self._divided[place] = times + 1, latest
        return latest


def _cut(tensors: tuple[Tensor, ...], here: Here) -> Site | None:
    """Where a loss without a graph was made to pass: the last line before the backward that asks for its gradient."""
    spot = innermost(here.chain)
    if spot is None or any(isinstance(each, torch.nn.Parameter) or not each.requires_grad for each in tensors):
        return None
    return last_gradient_request(spot)
