"""Arguments of torch's functions that are read where the functions are called: their names and positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a function; in a method, `self` has the position 0."""

    function: str
    name: str
    position: int

    def given(self, arguments: Sequence[Any], keywords: Mapping[str, Any], default: Any = None) -> Any:
        """What a call gives for it."""
        if self.name in keywords:
            return keywords[self.name]
        return arguments[self.position] if len(arguments) > self.position else default

    def is_given(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
        """Whether a call gives it."""
        return self.name in keywords or len(arguments) > self.position


BACKWARD_TENSORS = Argument("torch.autograd.backward", "tensors", 0)
STEP_CLOSURE = Argument("torch.optim.Optimizer.step", "closure", 1)
SCALED_LOSS = Argument("torch.amp.GradScaler.scale", "outputs", 1)
UNSCALED_OPTIMIZER = Argument("torch.amp.GradScaler.unscale_", "optimizer", 1)
SCALER_STEP_OPTIMIZER = Argument("torch.amp.GradScaler.step", "optimizer", 1)
SCHEDULER_EPOCH = Argument("torch.optim.lr_scheduler.LRScheduler.step", "epoch", 1)
TRAIN_MODE = Argument("torch.nn.Module.train", "mode", 1)
LOADED_WEIGHTS = Argument("torch.nn.Module.load_state_dict", "state_dict", 1)
STRICT_LOADING = Argument("torch.nn.Module.load_state_dict", "strict", 2)
SAVED = Argument("torch.save", "obj", 0)
DROPOUT_TRAINING = Argument("torch.nn.functional.dropout", "training", 2)
LOADER_DATASET = Argument("torch.utils.data.DataLoader", "dataset", 0)
LOADER_SAMPLER = Argument("torch.utils.data.DataLoader", "sampler", 3)
EMBEDDING_PADDING = Argument("torch.nn.Embedding", "padding_idx", 2)
DISTRIBUTED_SHUFFLE = Argument("torch.utils.data.DistributedSampler", "shuffle", 3)
