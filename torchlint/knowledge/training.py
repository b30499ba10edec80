"""What happens around the loss: clipping, scaling, gradient modes, wrappers and seeds."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes

GRADIENT_SWITCHES: dict[str, Answer] = {
    f"{place}.{name}": setting
    for place in ("torch", "torch.autograd", "torch.autograd.grad_mode")
    for name, setting in (
        ("no_grad", No),
        ("inference_mode", No),
        ("enable_grad", Yes),
        ("set_grad_enabled", Unknown),
    )
}
"""What each context or decorator does to the recording of gradients; Unknown where its argument says."""

SWITCHING_WORDS = frozenset(name.rpartition(".")[2] for name in GRADIENT_SWITCHES) | {"eval", "train"}
"""Names without which a function of the project switches neither gradients nor a mode by itself."""

CLIPPING = frozenset(
    "clip_grad_norm_ clip_grad_value_ clip_grad_norm clip_grad_value clip_grads_with_norm_ "
    "dispatch_clip_grad adaptive_clip_grad".split()
)

SCALERS = frozenset(("GradScaler", "ShardedGradScaler"))
KEEP_IDENTITY = frozenset(
    "torch.nn.DataParallel torch.nn.parallel.DataParallel "
    "torch.nn.parallel.data_parallel.DataParallel torch.nn.parallel.DistributedDataParallel "
    "torch.nn.parallel.distributed.DistributedDataParallel "
    "torch.distributed.fsdp.FullyShardedDataParallel "
    "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel "
    "torch.distributed.fsdp.fully_shard torch.distributed._composable.fsdp.fully_shard "
    "torch.compile torch.jit.script torch.nn.SyncBatchNorm.convert_sync_batchnorm "
    "torch.quantization.prepare_qat torch.distributed.tensor.parallel.parallelize_module "
    "torch.nn.utils.weight_norm torch.nn.utils.spectral_norm "
    "torch.nn.utils.parametrizations.weight_norm torch.nn.utils.parametrizations.spectral_norm "
    "apex.parallel.DistributedDataParallel apex.parallel.convert_syncbn_model".split()
)
"""Wrappers and conversions that go on with the same parameters."""
DATA_PARALLEL = frozenset("DistributedDataParallel FullyShardedDataParallel fully_shard".split())
"""Those that train one copy in each process."""
MOVES = frozenset("to cuda cpu float double half bfloat16 type xpu".split())
"""Methods that move a tensor, or make it of another type, and do so to all that a module holds."""
KEEP_IDENTITY_METHODS = MOVES | frozenset("requires_grad_ share_memory apply npu to_empty".split())
"""Methods of a model that give back the same one; `npu` is added by torch_npu."""

INITIALISERS = frozenset("reset_parameters init_weights reset_weights".split())
"""How methods are called that give a model new weights."""
LOADING = frozenset(
    "load_state_dict load_model load_weights load_checkpoint load_pretrained from_pretrained load_file".split()
)
"""How functions and methods are called that give a model the weights of another."""
SEEDS = frozenset(
    "torch.manual_seed torch.random.manual_seed torch.cuda.manual_seed "
    "torch.cuda.manual_seed_all lightning.seed_everything lightning.pytorch.seed_everything "
    "pytorch_lightning.seed_everything pytorch_lightning.utilities.seed.seed_everything "
    "lightning.fabric.seed_everything lightning_fabric.seed_everything "
    "lightning.Fabric.seed_everything accelerate.utils.set_seed transformers.set_seed "
    "transformers.enable_full_determinism transformers.trainer_utils.set_seed "
    "timm.utils.random_seed ignite.utils.manual_seed monai.utils.set_determinism "
    "torch_geometric.seed_everything mmengine.runner.set_random_seed".split()
)
"""Functions that seed torch."""
SEED_WORDS = frozenset("seed seeds seeding determinism reproducible reproducibility".split())
"""How people name a function that seeds all there is."""
LOCAL_RANDOMNESS = frozenset("numpy random jax tensorflow os np cupy sklearn scipy".split())
"""Packages with random numbers of their own."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """A call that runs the function it is given: where that stands, and where the tuple of its arguments stands.

    One that takes those runs it in processes of their own; `rank` says that the number of the process comes first.
    """

    name: str
    function: tuple[str, int] = ("function", 0)
    arguments: tuple[str, int] | None = None
    rank: bool = False


LAUNCHERS = (
    Launcher("torch.multiprocessing.spawn", ("fn", 0), ("args", 1), rank=True),
    Launcher("torch_xla.distributed.xla_multiprocessing.spawn", ("fn", 0), ("args", 1), rank=True),
    Launcher("torch.multiprocessing.Process", ("target", 1), ("args", 3)),
    Launcher("multiprocessing.Process", ("target", 1), ("args", 3)),
    Launcher("accelerate.notebook_launcher", ("function", 0), ("args", 1)),
    Launcher("fire.Fire", ("component", 0)),
    Launcher("typer.run", ("function", 0)),
    Launcher("tyro.cli", ("f", 0)),
    Launcher("absl.app.run", ("main", 0)),
)
