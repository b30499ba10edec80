"""`check` and `overfit_one_batch`: probe copies of a model with one batch and a loss, and judge the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from torchlint.facts.event import Event
from torchlint.facts.fact import Fact
from torchlint.facts.hygiene import Synchronisation
from torchlint.facts.run import Evaluation, TrainingEntry, TrainingIteration
from torchlint.finding import Finding
from torchlint.live.causes import with_causes
from torchlint.live.judging import chosen, judged
from torchlint.live.objects.layers import unwrapped
from torchlint.live.probing.batches import Trial, has_numbers
from torchlint.live.probing.copies import NotProbed, copied, hidden_from_watches, random_state_kept
from torchlint.live.probing.overfit import OverfitTrial
from torchlint.live.probing.probes import probe
from torchlint.live.stream.places import Places
from torchlint.live.text.pages import NOWHERE, text_of
from torchlint.live.watching import Watch
from torchlint.report.full import full

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer

LossFunction = Callable[[Any, Any], Any]
ABOUT_THE_LOOP = (Event, TrainingIteration, TrainingEntry, Evaluation, Synchronisation)
"""The loop around the steps on a copy is ours: what it does says nothing of the user's."""
STEPS = 5
"""So many steps are made on the copy, for the rules that want to see a thing more than once."""


@dataclass(frozen=True, slots=True)
class Check:
    """What the probes found; `notes` say what could not be probed, and why."""

    findings: list[Finding]
    notes: tuple[str, ...] = ()

    def report(self) -> str:
        """The findings as text, each with its lines, and the notes."""
        return _text(self.findings, self.notes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model learned one batch by heart.

    `curve` is the loss before each step, `floor` the least that it can be on this batch (None if unknown),
    `suspects` what may stand in the way. `learned` is True when the loss came near the floor.
    """

    learned: bool
    curve: tuple[float, ...]
    floor: float | None
    suspects: tuple[str, ...]
    findings: list[Finding]
    notes: tuple[str, ...] = ()

    def report(self) -> str:
        """The verdict as text."""
        if not self.curve:
            return _text(self.findings, self.notes)
        floor = "an unknown floor" if self.floor is None else f"a floor of {self.floor:.4g}"
        word = "learned" if self.learned else "did not learn"
        way = f"from {self.curve[0]:.4g} to {self.curve[-1]:.4g} in {len(self.curve)} steps"
        lines = "".join(f"  - {each}\n" for each in self.suspects)
        return f"The model {word} the batch: {way}, over {floor}.\n{lines}"


def check(
    model: Module,
    batch: Any,
    loss_fn: LossFunction | None,
    optimizer: Optimizer | None,
    select: Sequence[str] | None,
    ignore: Sequence[str],
) -> Check:
    """Make a few steps on a copy under watch, then probe further copies."""
    rules = chosen(select, ignore)
    model = unwrapped(model)
    places = Places()
    here = places.here() or NOWHERE
    trial = Trial.of(model, batch, _by_name(loss_fn))
    facts: list[Fact] = []
    notes: list[str] = []
    with random_state_kept():
        try:
            if not has_numbers(model, batch):
                raise NotProbed(f"{type(model).__name__} or its batch is on the meta device and holds no numbers")
            facts += _steps_on_a_copy(model, trial, optimizer)
            facts += probe(model, trial, optimizer, here, places)
        except NotProbed as refusal:
            notes.append(f"not probed: {refusal}")
    return Check(judged(with_causes(facts), rules), tuple(notes))


def _by_name(loss_fn: LossFunction | None) -> LossFunction | None:
    """A function of torch's is looked up when it is called, so that the watch on the copy sees the call."""
    name = getattr(loss_fn, "__name__", "")
    if loss_fn is None or getattr(functional, name, None) is not loss_fn:
        return loss_fn
    return lambda output, target: getattr(functional, name)(output, target)


def _steps_on_a_copy(model: Module, trial: Trial, optimizer: Optimizer | None) -> list[Fact]:
    twin, stepper = copied(model, optimizer)
    twin.train()
    with hidden_from_watches(), Watch(twin, stepper, every=1) as watch, torch.enable_grad():
        for _ in range(STEPS if stepper is not None else 1):
            try:
                loss = trial.loss(trial.output(twin))
            except Exception as error:
                raise NotProbed(f"a copy of {type(model).__name__} does not run: {error}") from error
            if loss is None or not loss.requires_grad:
                break
            twin.zero_grad()
            torch.autograd.backward(loss)
            if stepper is not None and not _wants_closure(stepper):
                stepper.step()
    return [fact for fact in watch.facts if not isinstance(fact, ABOUT_THE_LOOP)]


def _wants_closure(optimizer: Optimizer) -> bool:
    return isinstance(optimizer, torch.optim.LBFGS)


def overfit_one_batch(
    model: Module, batch: Any, loss_fn: LossFunction, optimizer: Optimizer | None, steps: int
) -> Verdict:
    """Train copies on the batch, and judge."""
    with hidden_from_watches():
        try:
            outcome = OverfitTrial(model, batch, loss_fn, optimizer, steps).outcome(Places().here() or NOWHERE)
        except NotProbed as refusal:
            return Verdict(False, (), None, (), [], (f"not probed: {refusal}",))
    learned = outcome.finite and (outcome.progress or 0.0) >= 0.9
    return Verdict(learned, outcome.curve, outcome.floor, outcome.suspects, judged([outcome], chosen(None, ())))


def _text(findings: list[Finding], notes: Sequence[str]) -> str:
    return "".join(f"{note}\n" for note in notes) + (full(findings, text_of) or "Nothing found.\n")
