"""The operations of the graph, held against torch."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from torchlint.facts.layer import Range
from torchlint.knowledge import graph
from torchlint.live.objects.graph import operation

NODES = {re.sub(r"Backward\w*$|\d+$", "", name) for name in dir(torch._C._functions)}
X = torch.randn(3, 4, requires_grad=True)


def test_every_operation_has_a_node() -> None:
    known = {*graph.NODE_RANGES, *graph.ADDS_UP, *graph.DIVIDES, *graph.ARITHMETIC, *graph.MATRIX_PRODUCTS}
    assert sorted({*known, graph.LOGARITHM, graph.SUM} - NODES) == []


COMPUTE: dict[str, Callable[[], torch.Tensor]] = {
    "Softmax": lambda: X.softmax(1),
    "LogSoftmax": lambda: X.log_softmax(1),
    "Sigmoid": lambda: X.sigmoid(),
    "Hardsigmoid": lambda: functional.hardsigmoid(X),
    "LogSigmoid": lambda: functional.logsigmoid(X),
    "Relu": lambda: X.relu(),
    "Softplus": lambda: functional.softplus(X),
    "Tanh": lambda: X.tanh(),
    "PreluKernel": lambda: functional.prelu(X, torch.tensor([0.1])),
    "LeakyRelu": lambda: functional.leaky_relu(X),
    "Elu": lambda: functional.elu(X),
    "Gelu": lambda: functional.gelu(X),
    "Hardswish": lambda: functional.hardswish(X),
    "Mish": lambda: functional.mish(X),
    "Silu": lambda: functional.silu(X),
    "Log": lambda: X.log(),
    "Add": lambda: X + 1,
    "Clone": lambda: X.clone(),
    "ToCopy": lambda: X.double(),
}


@pytest.mark.parametrize("name", COMPUTE)
def test_an_operation_is_known_by_its_name(name: str) -> None:
    assert operation(COMPUTE[name]().grad_fn) == name


def test_an_activation_is_known_by_its_range() -> None:
    bound = {name for name, found in graph.NODE_RANGES.items() if found is not Range.RAW}
    assert bound <= COMPUTE.keys()


def test_a_leaf_is_known_by_its_name() -> None:
    assert operation((X + 1).grad_fn.next_functions[0][0]) == graph.LEAF
