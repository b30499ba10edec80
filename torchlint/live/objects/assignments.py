"""Where a layer or parameter of a model is assigned in the user's classes."""

from __future__ import annotations

from typing import Any

from torch import nn

from torchlint.facts.site import Site
from torchlint.live.text.attributes import Attributes
from torchlint.live.text.pages import NOWHERE
from torchlint.live.text.user_files import UserFiles


def site_of_assignment(model: nn.Module, name: str, files: UserFiles) -> Site | None:
    """The place that made the layer or parameter of this dotted name; None if no line of the user's did.

    It is looked for in the innermost module of a class of the user's on the way there.
    """
    attributes = Attributes(files)
    owners: list[tuple[type, str]] = []
    owner: Any = model
    for part in name.split("."):
        owners.append((type(owner), part))
        owner = getattr(owner, part, None)
        if not isinstance(owner, nn.Module):
            break
    found = (attributes.assignment(kind, part) for kind, part in reversed(owners))
    return next((site for site in found if site != NOWHERE), None)
