"""Detects models that are updated from themselves, for what should be a copy is only another name."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.event import WritesGradient, WritesWeights
from torchlint.facts.site import Site
from torchlint.facts.weights import SecondName
from torchlint.intent.copies import is_copy_by_name
from torchlint.knowledge.packages import COUNTS
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Parameters, Thing, Weights
from torchlint.source.paper.occurrences.program import EntryEnded, LoopRan
from torchlint.source.paper.occurrences.training import ModelAliased, WeightsLoaded, WeightsNamed
from torchlint.source.paper.python.machine import Machine
from torchlint.source.written import last_name


@dataclass(frozen=True, slots=True)
class _Alias:
    """An assignment that gives a model another name."""

    site: Site
    via: tuple[Site, ...]
    model: str
    name: str


class SecondNames(Detector):
    """Names that were given to models without a copy, by the number of the model."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._aliases: dict[int, list[_Alias]] = {}
        self._asked: dict[tuple[int, int], set[str]] = {}

    @listens
    def collect_asked(self, asked: WeightsNamed) -> None:
        """Remember under which names a function asks for the weights of a model."""
        if isinstance(asked.weights, Weights):
            occasion = (self.machine.frame.number, asked.weights.model.number)
            self._asked.setdefault(occasion, set()).add(last_name(asked.receiver))

    @listens
    def collect_alias(self, aliased: ModelAliased) -> None:
        """A model is given another name."""
        alias = _Alias(aliased.site, tuple(self.machine.via), aliased.name, aliased.another)
        known = self._aliases.setdefault(aliased.model.number, [])
        if alias not in known:
            known.append(alias)
            self.remember()

    @listens
    def emit_loaded(self, loaded: WeightsLoaded) -> None:
        """A model is given weights: its own, where both names are of one model."""
        match loaded.argument, loaded.weights:
            case syntax.Call(function=syntax.Attribute(value=origin)), Weights(model=model) if model is loaded.into:
                self._emit(model.number, {last_name(loaded.receiver), last_name(origin)})
            case syntax.Name(), Weights(model=model) if model is loaded.into:
                # They may have been mixed before with those that the function asked for under the other name.
                names = self._asked.get((self.machine.frame.number, model.number), set())
                self._emit(model.number, names | {last_name(loaded.receiver)})

    @listens
    def emit_averaged(self, ran: LoopRan) -> None:
        """A loop goes over the parameters of two models and writes: of one, where both names are its."""
        if ran.kinds.isdisjoint((WritesWeights, WritesGradient)):
            return
        source, written = ran.loop.source, getattr(ran.loop.statement, "source", None)
        if isinstance(source, Thing) and source.dotted in COUNTS and isinstance(written, syntax.Call):
            source, written = source.arguments.get("iterable", 0), written.arguments[0].value
        match source, written:
            case (
                Thing(dotted="zip") as both,
                syntax.Call(arguments=[syntax.Argument(value=first), syntax.Argument(value=second), *_]),
            ):
                given = both.arguments.positional
                owners = {each.subject for each in given if isinstance(each, Parameters)}
                if len(given) == 2 and len(owners) == 1 and all(isinstance(each, Parameters) for each in given):
                    subject = owners.pop()
                    models = [each for each in self._aliases if each in subject.own]
                    for number in models if not subject.open else ():
                        self._emit(number, {_owner_named(first), _owner_named(second)})

    def _emit(self, model: int, names: set[str]) -> None:
        """Tell of the assignment that made two names out of one model."""
        known = self._aliases.get(model, [])
        if "" in names or len(names) < 2:
            return
        named = [each for each in known if each.name in names]
        both = [each for each in named if each.model in names]
        copies = [each for each in named if is_copy_by_name(each.name)]
        copies = copies or [each for each in known if is_copy_by_name(each.name)]
        candidates = both or copies or named or known
        if len({each.site for each in candidates}) == 1:
            alias = candidates[0]
            self.emit(SecondName(site=alias.site, via=alias.via, name=alias.name, model=alias.model))

    @listens
    def forget(self, _: EntryEnded) -> None:
        """Names are those of one program."""
        self._aliases.clear()
        self._asked.clear()


def _owner_named(parameters: syntax.Expression) -> str:
    """What the model is called whose `parameters()` these are."""
    match parameters:
        case syntax.Call(function=syntax.Attribute(value=owner)):
            return last_name(owner)
    return ""
