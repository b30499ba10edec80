"""Frameworks around torch: which of their classes are models, and what they do on one's behalf."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes


@dataclass(frozen=True, slots=True)
class ModelFactory:
    """A call that gives a model: its dotted name, where `*` stands for any text without a dot, `[A-Z]` for a capital.

    `training` is the mode that the model is in right after.
    """

    pattern: str
    training: Answer = Yes


@dataclass(frozen=True, slots=True)
class Hook:
    """A method that a framework calls: the mode and the recording of gradients that it calls it in."""

    name: str
    training: Answer
    gradients: Answer


MODULE_BASES = frozenset(
    "lightning.LightningModule lightning.pytorch.LightningModule "
    "lightning.pytorch.core.LightningModule pytorch_lightning.LightningModule "
    "pytorch_lightning.core.LightningModule pytorch_lightning.core.lightning.LightningModule "
    "transformers.PreTrainedModel transformers.modeling_utils.PreTrainedModel "
    "diffusers.ModelMixin diffusers.models.ModelMixin torch_geometric.nn.MessagePassing "
    "torch_geometric.nn.conv.MessagePassing segmentation_models_pytorch.base.SegmentationModel "
    "gpytorch.Module gpytorch.models.ExactGP gpytorch.models.ApproximateGP "
    "mmengine.model.BaseModule mmengine.model.BaseModel torch.jit.ScriptModule".split()
)
"""Classes outside torch.nn that are a torch.nn.Module."""
CALLED_BY_FRAMEWORKS = frozenset("LightningModule LightningDataModule Trainer Seq2SeqTrainer Callback".split())
"""Classes whose methods a framework calls."""

MODEL_FACTORIES = (
    ModelFactory("timm.create_model"),
    ModelFactory("timm.models.create_model"),
    ModelFactory("torch.jit.load", Unknown),
    # `from_pretrained` ends with `model.eval()`.
    ModelFactory("transformers.*Model*.from_pretrained", No),
    ModelFactory("transformers.*For*.from_pretrained", No),
    ModelFactory("diffusers.*Model*.from_pretrained", No),
    ModelFactory("transformers.*Model*.from_config"),
    ModelFactory("segmentation_models_pytorch.[A-Z]*"),
    ModelFactory("segmentation_models_pytorch.create_model"),
    ModelFactory("torch_geometric.nn.[A-Z]*"),
    ModelFactory("efficientnet_pytorch.EfficientNet.from_name"),
    ModelFactory("efficientnet_pytorch.EfficientNet.from_pretrained"),
)
"""Calls that give a model."""


HOOKS: dict[str, Hook] = {
    "training_step": Hook("training_step", Yes, Yes),
    "validation_step": Hook("validation_step", No, No),
    "test_step": Hook("test_step", No, No),
    "predict_step": Hook("predict_step", No, No),
    "on_train_batch_start": Hook("on_train_batch_start", Yes, Yes),
    "on_train_batch_end": Hook("on_train_batch_end", Yes, Yes),
    "on_train_epoch_start": Hook("on_train_epoch_start", Yes, Yes),
    "on_train_epoch_end": Hook("on_train_epoch_end", Yes, Yes),
    "on_validation_batch_end": Hook("on_validation_batch_end", No, No),
    "on_validation_epoch_end": Hook("on_validation_epoch_end", No, No),
    "on_test_batch_end": Hook("on_test_batch_end", No, No),
    "on_test_epoch_end": Hook("on_test_epoch_end", No, No),
    "validation_epoch_end": Hook("validation_epoch_end", No, No),
    "test_epoch_end": Hook("test_epoch_end", No, No),
}
"""What Lightning calls on a LightningModule."""

EACH_BATCH = frozenset(("training_step",))
"""Those of them that Lightning calls for each batch that it trains on."""
LOSS_HOOKS = frozenset(("training_step", "compute_loss"))
"""What Lightning, and the Trainer of Transformers, call for the loss that they train with."""
SETS_UP = ("prepare_data", "setup")
"""What Lightning calls before it asks for loaders, in order."""
LOADER_HOOKS: dict[str, str] = {
    "train_dataloader": "trains",
    "val_dataloader": "evaluates",
    "test_dataloader": "evaluates",
    "predict_dataloader": "evaluates",
}
"""What Lightning calls for its loaders, and what it does with their batches."""

FRAMEWORK_OBJECTS = frozenset(
    "lightning.Trainer lightning.pytorch.Trainer pytorch_lightning.Trainer lightning.Fabric "
    "lightning.fabric.Fabric lightning_fabric.Fabric accelerate.Accelerator "
    "accelerate.accelerator.Accelerator transformers.Trainer transformers.Seq2SeqTrainer "
    "ignite.engine.Engine ignite.engine.create_supervised_trainer ignite.engine.create_supervised_evaluator".split()
)
"""Objects that train, or help to train, a model that they are given."""

ENGINES: dict[str, str] = {"create_supervised_trainer": "fit", "create_supervised_evaluator": "test"}
"""The makers of ignite's engines, and what `run` does with the loader that it is given."""

PRIVACY_ENGINES = frozenset("opacus.PrivacyEngine opacus.privacy_engine.PrivacyEngine".split())
RESAMPLE_METHODS = frozenset("make_private make_private_with_epsilon".split())
"""Methods of Opacus' PrivacyEngine: the loader that comes back draws its batches at random, whatever `shuffle` was."""
