"""Likely causes that keep a model from learning one batch, each a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.facts.answer import No, Yes
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.objects.tensors import all_tensors_in, floats_in
from torchlint.live.probing.batches import Trial, mapped
from torchlint.live.probing.copies import copied, jitter, same_random_numbers
from torchlint.live.probing.dependence import Dependence, altered
from torchlint.live.probing.loss_floor import LossFloor
from torchlint.live.probing.reach import unreached

Make = Callable[[], tuple[nn.Module, Any]]


def suspects(model: nn.Module, trial: Trial, optimizer: Optimizer | None, floor: LossFloor, start: float) -> list[str]:
    """All likely causes, the surest first."""
    ways: list[Callable[[], Iterator[str]]] = [
        lambda: _not_optimised(model, optimizer),
        lambda: _no_gradient(model, trial, optimizer),
        lambda: _target_ignored(model, trial),
        lambda: _input_ignored(model, trial),
        lambda: _range_too_narrow(floor, start),
        lambda: _target_far_away(model, trial),
    ]
    found: list[str] = []
    for way in ways:
        try:
            found += way()
        except Exception:
            continue  # A probe that this model does not take accuses nobody.
    return found


def _not_optimised(model: nn.Module, optimizer: Optimizer | None) -> Iterator[str]:
    trained = {name: each for name, each in model.named_parameters() if each.requires_grad}
    if not trained:
        yield "no parameter of the model is trainable (`requires_grad` is False for all)"
    elif optimizer is not None:
        held = set(map(id, parameters_of(optimizer)))
        out = [name for name, each in trained.items() if id(each) not in held]
        if out:
            yield f"the optimizer does not hold {_counted(out, len(trained))}"


def _no_gradient(model: nn.Module, trial: Trial, optimizer: Optimizer | None) -> Iterator[str]:
    twin, optimizer = copied(model, optimizer)
    held = set(map(id, parameters_of(optimizer))) if optimizer is not None else None
    found = unreached(twin.train(), trial, lambda each: held is None or id(each) in held)
    names = [name for reach in found if reach.deliberate is No and reach.influence is Yes for name in reach.names]
    if names:
        yield f"no gradient reaches {_counted(names, len(list(model.parameters())))}, though the loss depends on them"


def _target_ignored(model: nn.Module, trial: Trial) -> Iterator[str]:
    targets = list(all_tensors_in(trial.target))
    if not targets or trial.loss_fn is None or trial.target is trial.arguments or _same(trial):
        return
    twin, _ = copied(model, None)
    jitter(twin)
    with torch.no_grad(), same_random_numbers():
        output = trial.output(twin.eval())
    ways = (lambda each: each, altered, lambda each: each.max() - each, _first_altered)
    values = {_loss(trial, output, mapped(trial.target, way)) for way in ways}
    if len(values) == 1 and None not in values:
        yield f"the loss is {values.pop():.4g} for other targets too: it ignores them"


def _first_altered(target: Tensor) -> Tensor:
    """A target in which one sample has another's."""
    flat = target.flatten()
    other = next((each for each in flat if bool(each != flat[0])), None)
    return target if other is None else torch.cat([other[None], flat[1:]]).reshape(target.shape)


def _same(trial: Trial) -> bool:
    return any(trial.target is each for each in (*trial.arguments, trial.keywords))


def _loss(trial: Trial, output: Any, target: Any) -> float | None:
    with torch.no_grad(), same_random_numbers():
        loss = Trial((), {}, target, trial.loss_fn).loss(output)
    return None if loss is None else float(loss)


def _input_ignored(model: nn.Module, trial: Trial) -> Iterator[str]:
    twin, _ = copied(model, None)
    answer = Dependence(twin.eval(), trial).on_input()
    if answer is not None and answer[0].none:
        after = f": nothing of it is left after `{answer[1]}`" if answer[1] else ""
        yield f"the output is the same for other inputs{after}"


def _range_too_narrow(floor: LossFloor, start: float) -> Iterator[str]:
    if floor.free is None or floor.ranged is None:
        return
    if floor.ranged - floor.free > 0.05 * abs(start - floor.free):
        yield (
            f"the last activation keeps the output in a range in which the loss cannot go below {floor.ranged:.4g}; "
            f"without it, it could reach {floor.free:.4g}"
        )


def _target_far_away(model: nn.Module, trial: Trial) -> Iterator[str]:
    twin, _ = copied(model, None)
    with torch.no_grad(), same_random_numbers():
        outputs = floats_in(trial.output(twin.eval()))
    targets = floats_in(trial.target)
    if not outputs or not targets or trial.target is None or _same(trial):
        return
    output, target = _largest(outputs), _largest(targets)
    if target > 50 * max(output, 1e-6) and target > 50:
        yield f"targets are as large as {target:.4g}, outputs start at {output:.4g}: scale the targets"


def _largest(tensors: list[Tensor]) -> float:
    return max(float(each.detach().abs().max()) for each in tensors if each.numel())


def _counted(names: list[str], total: int) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return f"{shown} and {len(names) - 4} more of {total} parameters" if len(names) > 4 else shown
