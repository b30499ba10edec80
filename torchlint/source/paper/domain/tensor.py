"""What is known of a tensor on paper."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from types import EllipsisType
from typing import Any, TypeAlias

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import Range
from torchlint.facts.loss import LossTerm, Origin, Severed
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY, Subject
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.quantity import Quantity
from torchlint.source.paper.domain.values import NOTHING_NAMED, Hits, Value, numbers

Shape: TypeAlias = tuple[int | EllipsisType | None, ...]
NO_LOADER = -1
NO_SOURCES: frozenset[Hashable] = frozenset()
FROM_NO_LOADER = frozenset((NO_LOADER,))


SumKey = tuple[Site, int, tuple[object, ...]]
"""A running sum: the place that adds to it, the loop around that, and the items of the loops with known items."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a tensor's graph ended: `by_mode` when gradients were not recorded there.

    `sums` are the running sums that it was. `leaf` is the number of the tensor that was told to ask for gradients
    after that: only itself gets some when it is run backward.
    """

    site: Site
    by_mode: bool = False
    sums: frozenset[SumKey] = frozenset()
    leaf: int | None = None


@frozen
class Severance:
    """A place in `forward` where a tensor that these layers made is taken out of the graph."""

    site: Site
    via: tuple[Site, ...]
    call: str
    layers: frozenset[int]


@frozen
class TensorValue(Value):
    """A tensor: where it comes from and what was done to it.

    `loaders` are the numbers of the loaders whose batch it is (or was made of), NO_LOADER among them where some way
    made it of none. `cut` says where the graph ended, where there had been one. `terms` are the numbers of the losses
    in it, `sums` the running sums. `cuts` are the places in `forward` where layers were cut off on its way. `given`
    says that its values are written down or read, not made up; `moved` that it is a parameter's copy on a device.
    `output_of` is the number of the model that gave it just so (reshaped at most), and which part of the model's
    output it is. In `shape`, a size that is not known is None, and `...` stands for any number of dimensions; `parts`
    are the shapes of what a batch holds. `of_loss` is the class of the loss that it is, if that was read. `outputs` are
    those of different models of which it is one, depending on the way. `weight` is what a loss was multiplied by, if
    that is all that was done to it. `made` is the place that computed it, `addends` are the terms of a loss that is a
    sum, `severed` the places where the graph ended of what it was made of. `bootstraps` is the place that added
    what a model gave to what none did, `difference` the same where what the model gave elsewhere was then subtracted.
    `sources` are the data that it was arranged or computed from, as far as they are known; data that is computed from
    several is its own source. It is `packed` where it is a PackedSequence, whose `data` are its values, `reduced` where
    a mean or sum made one number of a whole tensor in it, and `weighed` where something in it was multiplied.
    `piece_of` is the number of the tensor of which it holds values as they were, moved, sliced or reshaped; None where
    it holds its own. `quantity` is what it measures, where that is known.
    """

    origin: Origin = Origin.UNKNOWN
    range: Range = Range.UNKNOWN
    activation: Site | None = None
    subject: Subject = NOBODY
    loaders: frozenset[int] = FROM_NO_LOADER
    graph: Answer = Unknown
    cut: Cut | None = None
    terms: frozenset[int] = frozenset()
    sums: frozenset[SumKey] = frozenset()
    scaled: Answer = No
    divided: Answer = No
    weight: Value | None = None
    normalised: bool = False
    trainable: Answer = Unknown
    drawn: Site | None = None
    of_loss: str = ""
    moved: bool = False
    output_of: tuple[int, str] | None = None
    shape: Shape | None = None
    parts: tuple[Shape | None, ...] = ()
    cuts: frozenset[Severance] = frozenset()
    given: bool = False
    outputs: tuple[TensorValue, ...] = ()
    made: Site | None = None
    addends: frozenset[LossTerm] = frozenset()
    severed: frozenset[Severed] = frozenset()
    bootstraps: Site | None = None
    difference: Site | None = None
    sources: frozenset[Hashable] = NO_SOURCES
    packed: bool = False
    reduced: bool = False
    weighed: bool = False
    piece_of: Hashable = None
    quantity: Quantity | None = None

    @property
    def whole(self) -> Hashable:
        """What tells the tensor of which it holds values from others."""
        return self.number if self.piece_of is None else self.piece_of

    @property
    def is_new(self) -> bool:
        """Whether it is a new tensor whose values nobody wrote down or read."""
        return self.trainable is not Unknown and not self.given

    @property
    def is_data(self) -> bool:
        """Whether it was surely read or made up, and nothing of a model is in it."""
        learned = self.graph is not No or self.cut is not None or bool(self.subject.own)
        return not learned and self.origin not in (Origin.OUTPUT, Origin.LOSS)

    @property
    def roots(self) -> frozenset[Hashable]:
        """The data that it comes from: itself, where it is such."""
        return frozenset((self.number,)) if not self.sources and self.is_data else self.sources

    @property
    def from_loader(self) -> Answer:
        """Whether it is, or was made of, a batch of some loader."""
        if NO_LOADER not in self.loaders:
            return Yes
        return No if len(self.loaders) == 1 else Unknown

    @property
    def loader(self) -> int:
        """The loader that it may come from, the youngest if there are several; NO_LOADER if there is none."""
        return max(self.loaders)

    def but(self, **changes: object) -> TensorValue:
        """A new tensor that differs in what is named.

        With other values, it is no model's output any more. Its shape and quantity, and that it is a piece of another,
        are kept only by who names them.
        """
        other_values = {"output_of": None} if "range" in changes else {}
        kept = {"shape": None, "quantity": None, "piece_of": None, "sources": self.roots, **other_values}
        described = self._changed({**kept, **changes})
        return TensorValue(NOTHING_NAMED, numbers(), **described)

    def refined(self, **changes: object) -> TensorValue:
        """The same tensor, of which something else is known."""
        return TensorValue(self.first_names, self.number, **self._changed(changes))

    def _changed(self, changes: dict[str, object]) -> dict[str, Any]:
        described: dict[str, Any] = dict(zip(TENSOR_FIELDS, _described(self), strict=True))
        if "range" in changes or "origin" in changes:
            described["outputs"] = ()
        described.update(changes)
        return described


TENSOR_FIELDS = tuple(each.name for each in fields(TensorValue) if each.name not in ("first_names", "number"))
"""What is known of a tensor, beside what it is called."""
_described: Any = attrgetter(*TENSOR_FIELDS)


def sources_of(tensors: list[TensorValue]) -> frozenset[Hashable]:
    """The data that what is computed of these tensors comes from; of several that are data, something new is made."""
    if len(tensors) > 1 and all(each.is_data for each in tensors):
        return NO_SOURCES
    return NO_SOURCES.union(*(each.roots for each in tensors))


def loaders_of(tensors: Sequence[TensorValue | Hits]) -> frozenset[int]:
    """The loaders that what is made of these tensors comes from: of all that are fed by one."""
    found = [each.loaders for each in tensors]
    if not found:
        return FROM_NO_LOADER
    several = frozenset().union(*found)
    return several - FROM_NO_LOADER if any(NO_LOADER not in each for each in found) else several
