"""What is watched while a model's `forward` runs: which tensors go two ways, and where the graph is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from torchlint.source.paper.domain.tensor import Severance, TensorValue
from torchlint.source.paper.domain.values import Thing, Value


@dataclass(slots=True)
class Watch:
    """One run of a model from its input to its output.

    `nesting` and `loops` count the conditions and loops that the run itself stands in. `reads` counts how often each
    tensor that layers made is taken by its name, beyond handing it on under another. `outputs` are the layers of a
    library by what each gave, `fed` the pairs of which one gave the other its input.
    """

    nesting: int
    loops: int
    reads: Counter[int] = field(default_factory=Counter)
    makers: dict[int, frozenset[int]] = field(default_factory=dict)
    runs: Counter[int] = field(default_factory=Counter)
    cuts: list[Severance] = field(default_factory=list)
    outputs: dict[int, Thing] = field(default_factory=dict)
    fed: list[tuple[Thing, Thing, int]] = field(default_factory=list)

    def run(self, model: Value, given: Iterable[Value], output: Value) -> None:
        """A layer is run on what another may have made."""
        self.runs[model.number] += 1
        if not isinstance(model, Thing) or model.of is not None:
            return
        self.outputs[output.number] = model
        self.fed += [(self.outputs[each.number], model, each.number) for each in given if each.number in self.outputs]

    def read(self, value: Value) -> None:
        """A variable is taken."""
        if isinstance(value, TensorValue) and value.subject.own:
            self.reads[value.number] += 1
            self.makers[value.number] = value.subject.own

    def hand_on(self, value: Value) -> None:
        """A value gets a name, is returned, or is only asked for its shape: it is not used by that."""
        if self.reads[value.number]:
            self.reads[value.number] -= 1

    def forked(self) -> frozenset[int]:
        """The layers whose output, or what was made of it, was used more than once."""
        return frozenset(
            layer for number, times in self.reads.items() if times > 1 for layer in self.makers[number]
        ) | {layer for layer, times in self.runs.items() if times > 1}

    def straight(self) -> list[tuple[Thing, Thing]]:
        """The pairs of layers that are run once, of which the first gives its output to the second alone."""
        return [
            (first, second)
            for first, second, between in self.fed
            if self.reads[between] <= 1 and self.runs[first.number] == self.runs[second.number] == 1
        ]
