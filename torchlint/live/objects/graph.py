"""What the graph behind a tensor says: the values that it can hold, and whether it was divided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from torchlint.facts.layer import Range
from torchlint.knowledge.functional import LOGARITHM_OF
from torchlint.knowledge.graph import KEEPS_VALUES, LOGARITHM, MATRIX_PRODUCTS, NODE_RANGES, PRODUCT, SUM

FARTHEST = 12
MOST_NODES = 100_000
_NUMBER = re.compile(r"Backward\w*$|\d+$")
_FRAME = re.compile(r'\s*File "(.*)", line (\d+)')


def range_of(node: Any) -> Range:
    """The range of what a node of the graph has computed."""
    return source_of_range(node)[0]


def source_of_range(node: Any) -> tuple[Range, Any]:
    """The range of what a node of the graph has computed, and the node of the operation that gave it, if it is one."""
    for _ in range(FARTHEST):
        if node is None:
            break
        name = operation(node)
        if name in NODE_RANGES:
            return NODE_RANGES[name], node
        if name == LOGARITHM:
            return LOGARITHM_OF.get(range_of(_first(node)), Range.UNKNOWN), None
        if name == SUM:
            return Range.RAW if any(_is_product(each) for each, _ in node.next_functions) else Range.UNKNOWN, None
        if name not in KEEPS_VALUES:
            break
        node = _first(node)
    return Range.UNKNOWN, None


def lines_of(node: Any) -> list[tuple[str, int]]:
    """The files and lines that made a node, innermost first; none where torch did not record them."""
    recorded = node.metadata.get("traceback_") if node is not None else None
    found = (_FRAME.match(each) for each in reversed(recorded or ()))
    return [(frame[1], int(frame[2])) for frame in found if frame is not None]


def number_of(node: Any) -> int | None:
    """The number of an operation, by which it is known without being kept; None where there is none."""
    number = getattr(node, "_sequence_nr", None)
    return None if number is None else number()


def nodes_behind(nodes: Iterable[Any]) -> Iterator[Any]:
    """All nodes of the graph that lead to these, and these."""
    waiting, known = list(nodes), set[Any]()
    while waiting and len(known) < MOST_NODES:
        node = waiting.pop()
        if node not in known:
            known.add(node)
            yield node
            waiting += [each for each, _ in node.next_functions if each is not None]


def operation(node: Any) -> str:
    """The name of an operation: `AddmmBackward0` is "Addmm"."""
    return _NUMBER.sub("", node.name())


def constant_factor(node: Any) -> float | None:
    """The number of Python's by which a node multiplies, if it does: what is computed on a device is not waited for."""
    if operation(node) != PRODUCT:
        return None
    try:
        saved = [node._saved_self, node._saved_other]
    except RuntimeError:  # A backward has freed it.
        return None
    factors = [each for each in saved if each is not None]
    known = len(factors) == 1 and factors[0].ndim == 0 and factors[0].device.type == "cpu"
    return float(factors[0].item()) if known and not factors[0].requires_grad else None


def _first(node: Any) -> Any:
    return next((each for each, _ in node.next_functions if each is not None), None)


def _is_product(node: Any) -> bool:
    """Whether a node multiplies by a matrix, as in `x @ weight + bias`."""
    return node is not None and operation(node) in MATRIX_PRODUCTS
