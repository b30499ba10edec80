"""What happens around the loss: clipping, scaling, gradient modes, wrappers, optimizers and schedulers."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes

GRADIENT_SWITCHES: dict[str, Answer] = {
    "torch.no_grad": No,
    "torch.autograd.no_grad": No,
    "torch.autograd.grad_mode.no_grad": No,
    "torch.inference_mode": No,
    "torch.autograd.inference_mode": No,
    "torch.autograd.grad_mode.inference_mode": No,
    "torch.enable_grad": Yes,
    "torch.autograd.enable_grad": Yes,
    "torch.set_grad_enabled": Unknown,
    "torch.autograd.set_grad_enabled": Unknown,
    "torch.autograd.grad_mode.set_grad_enabled": Unknown,
}
CLIPPING = frozenset(
    "clip_grad_norm_ clip_grad_value_ clip_grad_norm clip_grad_value dispatch_clip_grad adaptive_clip_grad "
    "clip_grads_with_norm_".split()
)
SCALERS = frozenset(("GradScaler", "ShardedGradScaler"))
KEEP_IDENTITY = frozenset(
    "torch.nn.DataParallel torch.nn.parallel.DataParallel torch.nn.parallel.DistributedDataParallel "
    "torch.nn.parallel.distributed.DistributedDataParallel torch.distributed.fsdp.FullyShardedDataParallel "
    "torch.distributed.fsdp.fully_shard torch.distributed._composable.fsdp.fully_shard torch.compile torch.jit.script "
    "torch.nn.SyncBatchNorm.convert_sync_batchnorm torch.quantization.prepare_qat "
    "torch.distributed.tensor.parallel.parallelize_module torch.nn.utils.weight_norm torch.nn.utils.spectral_norm "
    "torch.nn.utils.parametrizations.weight_norm torch.nn.utils.parametrizations.spectral_norm".split()
)
OPTIMIZERS = frozenset(
    "ASGD Adadelta Adafactor Adagrad Adam AdamW Adamax LBFGS Muon NAdam RAdam RMSprop Rprop SGD SparseAdam".split()
)
SCHEDULERS: dict[str, str] = {
    "ChainedScheduler": "either",
    "ConstantLR": "either",
    "CosineAnnealingLR": "either",
    "CosineAnnealingWarmRestarts": "either",
    "CyclicLR": "batch",
    "ExponentialLR": "either",
    "LambdaLR": "either",
    "LinearLR": "either",
    "MultiStepLR": "either",
    "MultiplicativeLR": "either",
    "OneCycleLR": "batch",
    "PolynomialLR": "either",
    "ReduceLROnPlateau": "epoch",
    "SequentialLR": "either",
    "StepLR": "either",
}
FRAMEWORK_OBJECTS = frozenset(
    "lightning.Trainer lightning.pytorch.Trainer pytorch_lightning.Trainer lightning.Fabric "
    "lightning.fabric.Fabric lightning_fabric.Fabric accelerate.Accelerator transformers.Trainer "
    "transformers.Seq2SeqTrainer ignite.engine.Engine".split()
)
