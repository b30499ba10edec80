"""Detects loops around training, and whether they tell a distributed sampler which epoch it is."""

from __future__ import annotations

from torchlint.facts.answer import Answer, Yes, join
from torchlint.facts.event import SetEpoch
from torchlint.facts.run import EpochLoop
from torchlint.knowledge.names import expression_of_sampler
from torchlint.source.paper.detect.data.samplers import samplers_of
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.traces import trains_on_batches
from torchlint.source.paper.domain.values import Thing, Value
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.frames import Loop


class EpochLoops(Detector):
    """Loops around loops that train on a loader, by the number of the outer loop."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._trained: dict[int, list[Value]] = {}

    @listens
    def emit_epochs(self, ran: LoopRan) -> None:
        """Remember a loop that trains for the loop around it; tell of a loop around others that did."""
        if ran.loop.loader is not None and trains_on_batches(ran.events):
            epochs = next(
                (each for each in reversed(self.machine.loops) if each.loader is None and not each.unrolled), None
            )
            if epochs is not None:
                self._trained.setdefault(epochs.number, []).append(ran.loop.loader)
        trained = self._trained.get(ran.loop.number, ())
        loaders = [each for each in trained if isinstance(each, Thing)]
        drawn = [(sampler, each) for each in loaders for sampler in samplers_of(self.machine, each)]
        sharded = [(sampler, loader) for sampler, loader in drawn if sampler.distributed is Yes]
        if not sharded:
            return
        sets_epoch = SetEpoch in ran.kinds
        first, loader = sharded[0]
        self.emit(
            EpochLoop(
                site=ran.loop.site,
                via=tuple(self.machine.via),
                shuffles=join(sampler.shuffles for sampler, _ in sharded),
                sets_epoch=Answer.of(sets_epoch),
                sampler=first.name,
                called=expression_of_sampler(first.names, self.machine.names_of(loader)),
                written=self._written(loader, ran.loop),
            )
        )

    def _written(self, loader: Thing, loop: Loop) -> str:
        """How the sampler of a loader can be written in a loop around it."""
        sampler = loader.arguments.get("sampler", 3)
        if not isinstance(sampler, Thing) or max(sampler.number, loader.number) > loop.number:
            return ""
        own, of_loader = self._name_here(sampler), self._name_here(loader)
        return own or (f"{of_loader}.sampler" if of_loader else "")

    def _name_here(self, thing: Thing) -> str:
        """A variable, or an attribute of `self`, that holds something at this point of the program."""
        owner = self.machine.lookup("self")
        for name in sorted(self.machine.names_of(thing)):
            held = self.machine.lookup(name)
            if held is not None and held.number == thing.number:
                return name
            if owner is not None and self.machine.state.get(ATTRIBUTE, owner.number, name).number == thing.number:
                return f"self.{name}"
        return ""
