"""Classes that stand around a model, or for a tensor: what distributes, compiles, shards or traces."""

from __future__ import annotations

WRAPPED_IN: dict[str, str] = {
    "DistributedDataParallel": "module",
    "DataParallel": "module",
    "FullyShardedDataParallel": "module",
    "OptimizedModule": "_orig_mod",
}
"""The attribute in which each wrapper keeps its model."""
COMPILED = "OptimizedModule"
REPLICATES = "DistributedDataParallel"
"""What keeps the same parameters on each rank."""
SHARDS = ("FullyShardedDataParallel", "FSDP")
"""How the classes begin that split parameters among ranks."""
STAGES = ("PipelineStage",)
"""How the classes begin that give each rank layers of its own."""
SHARDED_PARAMETERS = frozenset(("FlatParameter", "DTensor"))
"""Parameters of which each rank holds a part."""
STAND_INS = frozenset(("FakeTensor", "FunctionalTensor", "Proxy"))
"""What takes the place of a tensor where a compiler or `torch.fx` traces operations."""
