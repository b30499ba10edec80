"""PyTorch-Ignite: engines, and what running one does with the model that it was made for."""

from __future__ import annotations

from torchlint.knowledge.frameworks import ENGINES, FRAMEWORK_OBJECTS
from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.models.declaration import Call, Function, Models
from torchlint.source.paper.models.fitting import fits
from torchlint.source.paper.models.torch.modes import forget_mode

MODELS = Models()
MODELS.declare(Function([name for name in FRAMEWORK_OBJECTS if name.startswith("ignite.")], builds=Kind.FRAMEWORK))


def _is_ready_made(call: Call) -> bool:
    return isinstance(call.receiver, Thing) and call.receiver.last in ENGINES


@MODELS.method(Kind.FRAMEWORK, "run", "data", when=_is_ready_made)
def run(call: Call) -> Value | None:
    """`trainer.run(loader)`: the engine switches the mode of the model as it needs."""
    result = fits(trains=ENGINES[call.thing.last] == "fit")(call)
    for each in call.thing.arguments:
        forget_mode(call.machine, each)
    return result
