"""Hugging Face's Accelerate: the accelerator."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.event import Backward
from torchlint.knowledge.frameworks import FRAMEWORK_OBJECTS
from torchlint.source.paper.domain.values import Kind, Literal, Thing, Value
from torchlint.source.paper.models.declaration import Call, Function, Models
from torchlint.source.paper.models.torch.autograd import backward

MODELS = Models()
MODELS.declare(Function([name for name in FRAMEWORK_OBJECTS if name.startswith("accelerate.")], builds=Kind.FRAMEWORK))


def _is_accelerator(call: Call) -> bool:
    return call.thing.dotted.startswith("accelerate.")


@MODELS.method(Kind.FRAMEWORK, "backward", "loss", when=_is_accelerator, emits=Backward)
def backward_by_accelerator(call: Call) -> Value:
    """`accelerator.backward(loss)`."""
    accumulates = _accumulates(call.thing)
    return backward(call.machine, call.given("loss"), call.site, by_framework=True, accumulates=accumulates)


def _accumulates(accelerator: Thing) -> Answer:
    """Whether the accelerator was told to count batches, as a number or in a plugin."""
    given = accelerator.arguments
    steps = given.get("gradient_accumulation_steps", 3)
    if given.unknown or "gradient_accumulation_plugin" in given.keywords:
        return Unknown
    if steps is None:
        return No
    return Answer.of(steps.value != 1) if isinstance(steps, Literal) else Unknown
