"""Overfit one batch: the first thing to try with a model that does not learn, on a copy and with a verdict.

A healthy model, loss and optimizer drive the loss on a single batch down to its floor. Where that fails, something
between the input and the step is broken, whatever the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.health import OverfitOutcome
from torchlint.facts.site import Site
from torchlint.live.objects.layers import unwrapped
from torchlint.live.objects.optimizers import highest_rate
from torchlint.live.objects.tensors import all_tensors_in
from torchlint.live.probing.batches import Trial, has_numbers
from torchlint.live.probing.copies import NotProbed, copied, random_state_kept, same_random_numbers
from torchlint.live.probing.loss_floor import LossFloor, loss_floor
from torchlint.live.probing.suspects import suspects

STEPS = 200
ENOUGH = 0.95
"""The part of the way to the floor after which no more steps are taken."""
USUAL_RATES = (1e-3, 1e-2, 1e-4)
OTHER_SCALES = (100.0, 0.01, 10.0, 0.1, 1e4, 1e-4)
WILD = 5.0
RANDOM_LAYERS = (nn.modules.dropout._DropoutNd,)

LossFunction = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One training run on the batch: the loss before each step."""

    curve: tuple[float, ...]
    learned: bool


class OverfitTrial:
    """A model, a batch and a loss that are to be fitted to each other; every attempt starts from a fresh copy."""

    def __init__(self, model: nn.Module, batch: Any, loss_fn: LossFunction, optimizer: Optimizer | None, steps: int):
        self.model = unwrapped(model)
        self.optimizer = optimizer
        self.steps = steps
        self.trial = Trial.of(self.model, batch, loss_fn)
        if not has_numbers(self.model, batch):
            raise NotProbed(f"{type(self.model).__name__} or its batch is on the meta device and holds no numbers")

    def outcome(self, site: Site) -> OverfitOutcome:
        """Train, find the floor, and where the batch was not learned, name suspects."""
        with random_state_kept():
            floor, start = self._floor()
            attempt = self._attempt(floor.known, 1.0, None) if self.optimizer else self._best_with_adam(floor.known)
            found = [] if attempt.learned else suspects(self.model, self.trial, self.optimizer, floor, start)
            rate = "" if attempt.learned or found else self._rate_that_learns(floor.known)
            return OverfitOutcome(
                site=site,
                model=type(self.model).__name__,
                curve=attempt.curve,
                floor=floor.known,
                random=self._random(),
                capable=Answer.of(attempt.learned or bool(rate)),
                parameters=sum(each.numel() for each in self.model.parameters() if each.requires_grad),
                targets=sum(each.numel() for each in all_tensors_in(self.trial.target)),
                suspects=tuple([*found, rate] if rate else found),
            )

    def _copy(self) -> tuple[nn.Module, Optimizer | None]:
        model, optimizer = copied(self.model, self.optimizer)
        model.train()
        for module in model.modules():
            if isinstance(module, RANDOM_LAYERS):
                module.eval()  # It stands in the way of learning by heart, and is meant to.
        return model, optimizer

    def _floor(self) -> tuple[LossFloor, float]:
        model, _ = self._copy()
        with same_random_numbers(), torch.enable_grad():
            output = self.trial.output(model)
            loss = self.trial.loss(output)
            if loss is None:
                raise NotProbed("the loss function returns no tensor")
            for each in model.parameters():
                each.data = each.data * WILD
            wild = self.trial.output(model)
        return loss_floor(self.trial, output, wild), float(loss.detach())

    def _random(self) -> Answer:
        model, _ = self._copy()
        values = []
        with torch.no_grad():
            for seed in (1, 2):
                torch.manual_seed(seed)
                loss = self.trial.loss(self.trial.output(model))
                values.append(None if loss is None else float(loss))
        if None in values or not all(isfinite(each or 0.0) for each in values):
            return Unknown
        return Answer.of(values[0] != values[1])

    def _best_with_adam(self, floor: float | None) -> Attempt:
        attempts: list[Attempt] = []
        for rate in USUAL_RATES:
            attempts.append(self._attempt(floor, 1.0, rate))
            if attempts[-1].learned:
                return attempts[-1]
        return min(attempts, key=lambda each: each.curve[-1] if isfinite(each.curve[-1]) else float("inf"))

    def _rate_that_learns(self, floor: float | None) -> str:
        """What is wrong with the user's learning rate, if another one learns the batch."""
        if self.optimizer is None:
            return ""
        used = [group["lr"] for group in self.optimizer.param_groups if "lr" in group]
        name, rate = type(self.optimizer).__name__, float(used[0]) if used else 0.0
        for scale in OTHER_SCALES if used else ():
            if self._attempt(floor, scale, None).learned:
                return f"the learning rate {rate:g} of {name} is off: at {rate * scale:g} the batch is learned"
        for usual in USUAL_RATES[:2]:
            if self._attempt(floor, 1.0, usual).learned:
                return f"{name} at a learning rate of {rate:g} does not learn the batch, Adam at {usual:g} does"
        return ""

    def _attempt(self, floor: float | None, scale: float, adam: float | None) -> Attempt:
        """Train a copy: with the user's optimizer at a scale of its learning rate, or with Adam."""
        model, optimizer = self._copy()
        if adam is not None or optimizer is None:
            trained = [each for each in model.parameters() if each.requires_grad]
            if not trained:
                return Attempt((self._loss_now(model),) * 2, False)
            optimizer = torch.optim.Adam(trained, lr=adam or USUAL_RATES[0])
        for group in optimizer.param_groups:
            if "lr" in group:
                group["lr"] = highest_rate(group) * scale
        return self._trained(model, optimizer, floor)

    def _loss_now(self, model: nn.Module) -> float:
        with torch.no_grad():
            loss = self.trial.loss(self.trial.output(model))
        return float("nan") if loss is None else float(loss)

    def _trained(self, model: nn.Module, optimizer: Optimizer, floor: float | None) -> Attempt:
        curve: list[float] = []
        enough = 0.0
        for _ in range(self.steps):
            losses: list[float] = []

            def closure(losses: list[float] = losses) -> Tensor:
                optimizer.zero_grad()
                loss = self.trial.loss(self.trial.output(model))
                if loss is None:
                    raise NotProbed("the loss function returns no tensor")
                losses.append(float(loss.detach()))
                if loss.requires_grad:
                    torch.autograd.backward(loss)
                return loss

            with torch.enable_grad():
                optimizer.step(closure)  # type: ignore[arg-type]
            curve.append(losses[0])
            if len(curve) == 1:
                enough = curve[0] - ENOUGH * (curve[0] - (floor or 0.0))
            if not isfinite(curve[-1]):
                return Attempt(tuple(curve), False)
            if max(curve[-3:]) <= enough < curve[0]:
                return Attempt(tuple(curve), True)
        return Attempt(tuple(curve), False)
