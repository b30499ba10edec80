"""The optimizers and schedulers, held against torch.optim."""

from __future__ import annotations

import inspect

import torch
from torch.optim import lr_scheduler, swa_utils

from torchlint.facts.event import Cadence
from torchlint.knowledge.optimizers import OPTIMIZERS, OPTIMIZERS_ELSEWHERE, SCHEDULERS, SCHEDULERS_ELSEWHERE


def test_every_optimizer_is_known() -> None:
    found = {
        name
        for name in dir(torch.optim)
        if inspect.isclass(getattr(torch.optim, name)) and issubclass(getattr(torch.optim, name), torch.optim.Optimizer)
    }
    assert found - {"Optimizer"} == OPTIMIZERS.keys()


def test_which_optimizers_need_a_closure() -> None:
    for name, kind in OPTIMIZERS.items():
        closure = inspect.signature(getattr(torch.optim, name).step).parameters["closure"]
        assert kind.needs_closure is (closure.default is inspect.Parameter.empty), name


def test_every_scheduler_is_known() -> None:
    found = {
        name
        for name in dir(lr_scheduler)
        if inspect.isclass(getattr(lr_scheduler, name))
        and issubclass(getattr(lr_scheduler, name), lr_scheduler.LRScheduler)
    }
    assert found - {"LRScheduler", "_LRScheduler"} | {"SWALR"} == SCHEDULERS.keys()


def test_which_schedulers_need_a_metric() -> None:
    for name, kind in SCHEDULERS.items():
        place = swa_utils if name == "SWALR" else lr_scheduler
        step = inspect.signature(getattr(place, name).step).parameters
        assert kind.needs_metric is ("metrics" in step), name


def test_cadences() -> None:
    kinds = [*SCHEDULERS.values(), *SCHEDULERS_ELSEWHERE.values()]
    assert {kind.cadence for kind in kinds} == set(Cadence)
    assert {name for name, kind in SCHEDULERS.items() if kind.cadence is Cadence.BATCH} == {"OneCycleLR", "CyclicLR"}


def test_where_schedulers_are_told_how_many_steps_they_have() -> None:
    for name, kind in SCHEDULERS.items():
        arguments = list(inspect.signature(getattr(swa_utils if name == "SWALR" else lr_scheduler, name)).parameters)
        for argument in filter(None, (kind.total, kind.counts, kind.factor)):
            assert arguments.index(argument[0]) == argument[1], name


def test_names_elsewhere_are_dotted() -> None:
    assert all(name.count(".") >= 1 and name.replace(".", "").isidentifier() for name in OPTIMIZERS_ELSEWHERE)
