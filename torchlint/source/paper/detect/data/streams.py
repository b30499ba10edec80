"""Detects generators that go over a loader again and again, and whether they move its sampler on."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.event import SetEpoch
from torchlint.facts.run import EpochLoop
from torchlint.facts.site import Site
from torchlint.knowledge.names import expression_of_sampler
from torchlint.source.paper.detect.data.samplers import samplers_of
from torchlint.source.paper.detect.data.uses import LoaderUses
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.occurrences.data import BatchesYielded, Use
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine


@dataclass(frozen=True, slots=True)
class Stream:
    """A loader that a generator goes over for ever: in which loop, through which calls, in which program."""

    loader: Value
    site: Site
    via: tuple[Site, ...]
    entry: int


class EndlessStreams(Detector):
    """Generators that never end, by the number of the loader whose batches they yield."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._uses = self.share(LoaderUses)
        self._streams: dict[int, Stream] = {}
        self._entries_with_epochs: set[int] = set()

    @listens
    def collect_stream(self, yielded: BatchesYielded) -> None:
        """Remember a loader whose batches are yielded in a loop that goes over nothing."""
        machine, loader = self.machine, yielded.loader
        forever = next((loop for loop in reversed(machine.loops) if loop.loader is None and not loop.unrolled), None)
        if forever is not None and forever.number > machine.frame.number:
            self._streams[loader.number] = Stream(loader, forever.site, tuple(machine.via), machine.budget.entry)

    @listens
    def collect_epoch(self, _: SetEpoch) -> None:
        """Remember a program that tells a sampler which epoch it is."""
        self._entries_with_epochs.add(self.machine.budget.entry)

    @listens
    def emit_streams(self, _: ProjectEnded) -> None:
        """Tell of endless generators that training takes its batches from, where each process has its share."""
        machine = self.machine
        for stream in self._streams.values():
            loader = stream.loader
            samplers = samplers_of(machine, loader) if isinstance(loader, Thing) and loader.kind is Kind.LOADER else []
            # Where a branch decides, the one that deals the data out to processes has more to be asked.
            dealing = next((each for each in samplers if each.distributed is Yes), None)
            if dealing is None or Use.TRAINS not in self._uses.of(loader):
                continue
            sets_epoch = Answer.of(stream.entry in self._entries_with_epochs)
            self.emit(
                EpochLoop(
                    site=stream.site,
                    via=stream.via,
                    shuffles=dealing.shuffles,
                    sets_epoch=sets_epoch,
                    sampler=dealing.name,
                    called=expression_of_sampler(dealing.names, machine.names_of(loader)),
                )
            )
