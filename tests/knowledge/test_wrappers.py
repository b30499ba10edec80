"""Wrappers and stand-ins, held against torch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import fx, nn
from torch._dynamo.eval_frame import OptimizedModule
from torch._subclasses.fake_tensor import FakeTensor
from torch._subclasses.functional_tensor import FunctionalTensor
from torch.distributed import fsdp, tensor
from torch.distributed.fsdp import _flat_param
from torch.distributed.pipelining import PipelineStage

from torchlint.knowledge.wrappers import (
    COMPILED,
    REPLICATES,
    SHARDED_PARAMETERS,
    SHARDS,
    STAGES,
    STAND_INS,
    WRAPPED_IN,
)

WRAPPERS = (nn.parallel.DistributedDataParallel, nn.DataParallel, fsdp.FullyShardedDataParallel, OptimizedModule)


def test_the_classes_are_those_of_torch() -> None:
    assert {each.__name__ for each in WRAPPERS} == WRAPPED_IN.keys()
    assert OptimizedModule.__name__ == COMPILED
    assert nn.parallel.DistributedDataParallel.__name__ == REPLICATES
    assert all(each.__name__.startswith(SHARDS) for each in (fsdp.FullyShardedDataParallel, fsdp.FSDPModule))
    assert PipelineStage.__name__.startswith(STAGES)
    assert {each.__name__ for each in (_flat_param.FlatParameter, tensor.DTensor)} == SHARDED_PARAMETERS
    assert {each.__name__ for each in (FakeTensor, FunctionalTensor, fx.Proxy)} == STAND_INS


def compiled(model: nn.Module) -> nn.Module:
    return OptimizedModule(model, lambda function: function)


@pytest.mark.parametrize("wrap", [nn.DataParallel, compiled])
def test_a_wrapper_keeps_its_model_where_it_is_said_to(wrap: Callable[[nn.Module], nn.Module]) -> None:
    model = nn.Linear(2, 2)
    wrapped = wrap(model)
    assert getattr(wrapped, WRAPPED_IN[type(wrapped).__name__]) is model
