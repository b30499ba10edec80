"""What accelerators, fabrics and trainers do with what they are given."""

from __future__ import annotations

from torchlint.facts.event import (
    Clip,
)
from torchlint.facts.site import Site
from torchlint.source.paper import sequences
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.optimization import backward
from torchlint.source.paper.subjects import subjects_in
from torchlint.source.paper.values import (
    Arguments,
    Opaque,
    Value,
)


def framework_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of an accelerator, a fabric or a trainer."""
    match name:
        case "backward" | "manual_backward":
            loss = arguments.positional[0] if arguments.positional else None
            return backward(machine, loss, site, by_framework=True)
        case "prepare" | "setup" | "setup_dataloaders" | "prepare_model" | "prepare_data_loader":
            return sequences.prepared(machine, arguments, site)
        case "clip_grad_norm_" | "clip_grad_value_" | "clip_gradients":
            machine.happen(
                Clip(
                    site=site,
                    via=tuple(machine.via),
                    subject=subjects_in(machine, arguments.get("parameters", 0)),
                    by_framework=True,
                )
            )
            return Opaque()
        case "fit" | "validate" | "test" | "predict" | "train" | "evaluate":
            sequences.note_fit(machine, arguments, name)
            return Opaque()
    return Opaque(from_call=True, name=name)
