"""Which parameters the gradient of a loss reaches: a probe of a copy that compares gradients with influence.

A layer whose values change the loss and that gets no gradient is cut off. One that does neither is merely not used,
and a user may have meant that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.intent.cuts import is_stopped_by_name
from torchlint.live.objects.tensors import floats_in
from torchlint.live.probing.batches import Trial
from torchlint.live.probing.copies import same_random_numbers

MOST_GROUPS = 24
ROUNDING = 1e-7


@dataclass(frozen=True, slots=True)
class Reach:
    """Parameters of one layer without any gradient, and whether the loss depends on them."""

    module: str
    names: tuple[str, ...]
    influence: Answer
    deliberate: Answer


def unreached(model: nn.Module, trial: Trial, wanted: Callable[[Tensor], bool]) -> list[Reach]:
    """The layers of a copy, in train mode, whose wanted parameters get no gradient from the trial's loss."""
    trained = {
        name: each
        for name, each in model.named_parameters()
        if each.requires_grad and not is_lazy(each) and each.numel() and wanted(each)
    }
    with _recording_gradient_mode(model) as recorded:
        gradients = _gradients(model, trial, list(trained.values()))
    if not gradients:
        return []
    cut = {name for name, each in zip(trained, gradients, strict=True) if each is None or not _any(each)}
    groups = list(_groups(model, set(trained), cut))[:MOST_GROUPS]
    first, again = _value(model, trial), _value(model, trial)
    steady = first is not None and first == again
    return [
        Reach(
            module,
            names,
            _influence(model, trial, [trained[name] for name in names], first) if steady else Unknown,
            _deliberate(module, names, recorded),
        )
        for module, names in groups
    ]


def _any(gradient: Tensor) -> bool:
    values = gradient.coalesce().values() if gradient.layout is torch.sparse_coo else gradient
    return bool((values != 0).any())


def _number(model: nn.Module, trial: Trial) -> Tensor | None:
    """The loss, or where there is none a weighted sum of all outputs."""
    with same_random_numbers():
        output = trial.output(model)
        loss = trial.loss(output)
        if loss is not None or trial.loss_fn is not None:
            return loss
        parts = [(each * torch.randn_like(each)).sum() for each in floats_in(output) if each.requires_grad]
        return torch.stack([part.double() for part in parts]).sum() if parts else None


def _value(model: nn.Module, trial: Trial) -> float | None:
    with torch.no_grad(), _buffers_kept(model):
        if trial.loss_fn is None:
            with same_random_numbers():
                parts = [each.double().abs().mean() for each in floats_in(trial.output(model)) if each.numel()]
                return float(torch.stack(parts).sum()) if parts else None
        loss = _number(model, trial)
        return None if loss is None else float(loss.double())


@contextmanager
def _buffers_kept(model: nn.Module) -> Iterator[None]:
    """Put running statistics back, so that two passes can be compared."""
    kept = [(each, each.detach().clone()) for each in model.buffers()]
    try:
        yield
    finally:
        for each, value in kept:
            each.copy_(value)


def _influence(model: nn.Module, trial: Trial, parameters: list[Tensor], before: float | None) -> Answer:
    """Whether the loss changes when these parameters do."""
    kept = [each.detach().clone() for each in parameters]
    with torch.no_grad():
        for each in parameters:
            spread = float(each.detach().float().std()) if each.numel() > 1 else 0.0
            each.add_(torch.randn_like(each) * 0.1 * (spread or 1.0))
    after = _value(model, trial)
    arrives = any(each is not None and _any(each) for each in _gradients(model, trial, parameters))
    with torch.no_grad():
        for each, value in zip(parameters, kept, strict=True):
            each.copy_(value)
    if before is None or after is None or arrives:
        return Unknown  # A gradient that arrives from another point is not cut: units were dead.
    return Answer.of(not abs(after - before) <= ROUNDING * max(abs(before), abs(after)))


def _gradients(model: nn.Module, trial: Trial, parameters: list[Tensor]) -> tuple[Tensor | None, ...]:
    """The gradients of the loss; none at all where it has no graph."""
    with torch.enable_grad():
        loss = _number(model, trial)
    if loss is None or not loss.requires_grad:
        return ()
    return torch.autograd.grad(loss, parameters, allow_unused=True)


def _groups(model: nn.Module, trained: set[str], cut: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The largest layers that are cut off whole, then single parameters, each with its names."""
    left = set(cut)
    for module, _ in model.named_modules():
        inside = {name for name in trained if not module or name.startswith(module + ".")}
        if inside and inside <= left:
            yield module, tuple(sorted(inside))
            left -= inside
    for name in sorted(left):
        yield name.rpartition(".")[0], (name,)


@contextmanager
def _recording_gradient_mode(model: nn.Module) -> Iterator[dict[str, bool]]:
    """Record for each layer that is run whether gradients were ever on."""
    seen: dict[str, bool] = {}
    handles = []
    for name, module in model.named_modules():

        def record(_: nn.Module, __: Any, name: str = name) -> None:
            seen[name] = seen.get(name, False) or torch.is_grad_enabled()

        handles.append(module.register_forward_pre_hook(record))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _deliberate(module: str, names: tuple[str, ...], recorded: dict[str, bool]) -> Answer:
    """Whether the user said so: `no_grad` around the layer, or a name that means a stopped gradient."""
    if is_stopped_by_name(frozenset(names)):
        return Yes
    owners = [owner for owner in recorded if owner == module or owner.startswith(module + ".")]
    return Yes if owners and not any(recorded[owner] for owner in owners) else No
