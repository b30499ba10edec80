"""Hugging Face's Accelerate: the accelerator."""

from __future__ import annotations

from torchlint.knowledge.frameworks import FRAMEWORK_OBJECTS
from torchlint.source.paper.domain.values import Kind
from torchlint.source.paper.models.declaration import Function, Models

MODELS = Models()
MODELS.declare(Function([name for name in FRAMEWORK_OBJECTS if name.startswith("accelerate.")], builds=Kind.FRAMEWORK))
