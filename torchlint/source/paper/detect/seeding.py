"""Seeds on paper: whether torch's random numbers were seeded on the way to a training loop."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.run import TrainingEntry
from torchlint.facts.site import Site
from torchlint.knowledge.names import words_of
from torchlint.knowledge.training import LOCAL_RANDOMNESS, SEED_WORDS, SEEDS
from torchlint.source.paper.python.machine import Machine


def note_call(machine: Machine, dotted: str) -> None:
    """Note that a function which was not read seeds, by what is known of it or by its name."""
    first, _, rest = dotted.partition(".")
    if dotted in SEEDS or (first != "torch" and first not in LOCAL_RANDOMNESS and _says_so(rest or first)):
        _seed(machine)


def note_method(machine: Machine, owner: str, name: str) -> None:
    """Note that a method of something unknown seeds; a `seed` alone is that of an environment or of NumPy."""
    if name == "manual_seed":
        of_torch = owner in ("torch", "cuda", "random", "mps", "xpu", "npu")
    else:
        of_torch = name != "seed" and _says_so(name)
    if of_torch:
        _seed(machine)


def _seed(machine: Machine) -> None:
    machine.effects += 1
    machine.seeded = True


def _says_so(name: str) -> bool:
    return not SEED_WORDS.isdisjoint(words_of(name.rpartition(".")[2]))


def note_entry(machine: Machine, site: Site) -> None:
    """Tell how a training loop was reached; who calls a function of a library, and after what, is not known."""
    seeded = Yes if machine.seeded else No if machine.mains else Unknown
    machine.record(TrainingEntry(site=site, via=tuple(machine.via), seeded=seeded))
