"""Hugging Face's Transformers: trainers; and the models that this package and others make by a function."""

from __future__ import annotations

from torchlint.knowledge.frameworks import FRAMEWORK_OBJECTS, MODEL_FACTORIES, ModelFactory
from torchlint.source.paper.domain.values import Kind
from torchlint.source.paper.models.declaration import Function, Models

MODELS = Models()
MODELS.declare(
    Function([name for name in FRAMEWORK_OBJECTS if name.startswith("transformers.")], builds=Kind.FRAMEWORK)
)


def _makes_model(factory: ModelFactory) -> Function:
    package, _, last = factory.pattern.rpartition(".")
    return Function(last, within=package, builds=Kind.LAYER, gives=lambda call: call.build(factory.training))


MODELS.declare(*map(_makes_model, MODEL_FACTORIES))
