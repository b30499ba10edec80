"""Wrappers and conversions of models that go on with the same parameters, and what runs copies of one."""

from __future__ import annotations

from torchlint.knowledge.training import DATA_PARALLEL, KEEP_IDENTITY
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Value, options
from torchlint.source.paper.models.declaration import Call, Function, Models, first
from torchlint.source.paper.occurrences.training import DataParallelised

MODELS = Models()
_TRAIN_COPIES = [name for name in KEEP_IDENTITY if name.rpartition(".")[2] in DATA_PARALLEL]


def _is_given_model(call: Call) -> bool:
    return call.first is not None


def _in_each_process(call: Call) -> Value | None:
    """Every process trains a copy, each on a part of the data that it is fed."""
    for each in options(call.first) if call.first is not None else ():
        call.machine.tell(DataParallelised(each.number))
    return call.first


MODELS.declare(
    Function(_TRAIN_COPIES, when=_is_given_model, gives=_in_each_process),
    Function("DistributedDataParallel", within="*", when=_is_given_model, gives=_in_each_process),
    Function(KEEP_IDENTITY - set(_TRAIN_COPIES), when=_is_given_model, gives=first),
    Function("DataParallel convert_syncbn_model", within="*", when=_is_given_model, gives=first),
)


@MODELS.function("torch.nn.parallel.data_parallel", "module, inputs")
def data_parallel(call: Call) -> Value:
    """`data_parallel(module, inputs)` runs the module."""
    module, inputs = call.given("module"), call.given("inputs")
    if module is None or inputs is None:
        return TensorValue()
    return call.machine.call_value(module, Arguments([inputs]), call.site)
