"""All probes of one model in one go, and the facts that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.facts.answer import No
from torchlint.facts.fact import Fact
from torchlint.facts.health import InputSensitivity, ParameterUse, RandomCall, SampleIndependence
from torchlint.facts.site import Site
from torchlint.live.objects.assignments import site_of_assignment
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.probing.batches import Trial
from torchlint.live.probing.copies import NotProbed, copied, hidden_from_watches, jitter, random_state_kept
from torchlint.live.probing.dependence import Dependence
from torchlint.live.probing.reach import unreached
from torchlint.live.probing.repeatability import draws_in_eval_mode
from torchlint.live.stream.places import Places

Result = TypeVar("Result")


def probe(model: nn.Module, trial: Trial, optimizer: Optimizer | None, here: Site, places: Places) -> list[Fact]:
    """Probe copies of a model; raises NotProbed where it cannot be copied or run.

    Nothing of the user's changes, and no watch sees it.
    """
    if not trial.inputs:
        raise NotProbed(f"{type(model).__name__} is given no tensors")
    with hidden_from_watches(), random_state_kept():
        return [
            *_gradients(model, trial, optimizer, here, places),
            *_dependence(model, trial, here, places),
            *_repeatability(model, trial, places),
        ]


def probe_gradients(model: nn.Module, trial: Trial, here: Site, places: Places) -> list[Fact]:
    """Probe again whether gradients arrive everywhere: something in the model has changed."""
    with hidden_from_watches(), random_state_kept():
        return list(_gradients(model, trial, None, here, places))


def _gradients(
    model: nn.Module, trial: Trial, optimizer: Optimizer | None, here: Site, places: Places
) -> Iterator[Fact]:
    twin, held_by = copied(model, optimizer)
    twin.train()
    _attempt(lambda: trial.output(twin), model)  # Lazy layers learn their sizes.
    jitter(twin)
    wanted = _held(held_by)
    for reach in _attempt(lambda: unreached(twin, trial, wanted), model):
        assigned = (site_of_assignment(model, name, places.files) for name in (reach.module, reach.names[0]))
        yield ParameterUse(
            site=next(filter(None, assigned), here),
            module=reach.module,
            names=reach.names,
            gradient=No,
            influence=reach.influence,
            deliberate=reach.deliberate,
        )


def _held(optimizer: Optimizer | None) -> Callable[[Tensor], bool]:
    if optimizer is None:
        return lambda _: True
    held = {id(each) for each in parameters_of(optimizer)}
    return lambda parameter: id(parameter) in held


def _dependence(model: nn.Module, trial: Trial, here: Site, places: Places) -> Iterator[Fact]:
    name = type(model).__name__
    dependence = _in_double(model, trial, places)
    if dependence is None:
        dependence = _attempt(lambda: _dependence_of(copied(model, None)[0], trial, places), model)
    sensitivity = _attempt(dependence.on_input, model)
    if sensitivity is not None:
        change, lost = sensitivity
        yield InputSensitivity(site=here, model=name, change=change.change, size=change.size, module=lost)
    mixing = _attempt(dependence.on_other_samples, model)
    if mixing is not None:
        yield SampleIndependence(
            site=mixing.site or here,
            own=mixing.own,
            others=mixing.others,
            batch=mixing.batch,
            module=mixing.module,
            inside=mixing.inside,
        )


def _repeatability(model: nn.Module, trial: Trial, places: Places) -> Iterator[Fact]:
    twin, _ = copied(model, None)
    for draw in _attempt(lambda: draws_in_eval_mode(twin, trial, places), model):
        yield RandomCall(site=draw.site, model=type(model).__name__, call=draw.call, noise=draw.noise, meant=draw.meant)


def _in_double(model: nn.Module, trial: Trial, places: Places) -> Dependence | None:
    """In double precision what a deep model makes of its input is not lost in rounding; not every model takes it."""
    try:
        twin, _ = copied(model, None)
        wide = trial.with_inputs(lambda each: each.double() if each.is_floating_point() else each)
        return _dependence_of(twin.double(), wide, places)
    except Exception:
        return None


def _dependence_of(twin: nn.Module, trial: Trial, places: Places) -> Dependence:
    twin.eval()
    with torch.no_grad():
        trial.output(twin)  # Lazy layers learn their sizes.
    jitter(twin)
    return Dependence(twin, trial, places.here)


def _attempt(run: Callable[[], Result], model: nn.Module) -> Result:
    try:
        return run()
    except Exception as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise NotProbed(f"a copy of {type(model).__name__} does not run ({reason})") from error
