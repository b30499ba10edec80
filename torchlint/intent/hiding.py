"""Models that an attribute hides from their owner on purpose: `self.teacher = [teacher]`."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown


@dataclass(frozen=True, slots=True)
class HeldLayers:
    """Layers that a module keeps in a plain container.

    `wrapped` says that the statement which assigns the attribute puts them into the container and does not build them,
    `learn` whether any of them is to learn: it has parameters that ask for gradients, and is in training mode.
    """

    count: int
    wrapped: bool
    learn: Answer


def hides_on_purpose(layers: HeldLayers) -> Answer:
    """Whether a list may keep what is in it out of `parameters()`; never for certain, for nothing says so.

    One finished model that is wrapped in a list is hidden by an idiom. What learns nothing is not missed there.
    """
    hidden = layers.count == 1 and layers.wrapped
    return Unknown if hidden or layers.learn is No else No
