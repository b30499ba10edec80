"""Calls that seed torch's random numbers, by what is known of them or by their names."""

from __future__ import annotations

from torchlint.facts.answer import Yes
from torchlint.knowledge.names import words_of
from torchlint.knowledge.training import LOCAL_RANDOMNESS, SEED_WORDS, SEEDS
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import SEEDED


def seed_by_function(machine: Machine, dotted: str) -> None:
    """Seed where a function that was not read does, by what is known of it or by its name."""
    first, _, rest = dotted.partition(".")
    if dotted in SEEDS or (first != "torch" and first not in LOCAL_RANDOMNESS and _says_so(rest or first)):
        _seed(machine)


def seed_by_method(machine: Machine, owner: str, name: str) -> None:
    """Seed where a method of something unknown does; a `seed` alone is that of an environment or of NumPy."""
    if name == "manual_seed":
        of_torch = owner in ("torch", "cuda", "random", "mps", "xpu", "npu")
    else:
        of_torch = name != "seed" and _says_so(name)
    if of_torch:
        _seed(machine)


def _seed(machine: Machine) -> None:
    machine.memory.effects += 1
    machine.state.set(SEEDED, Yes)


def _says_so(name: str) -> bool:
    return not SEED_WORDS.isdisjoint(words_of(name.rpartition(".")[2]))
