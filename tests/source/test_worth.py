"""Functions that nobody calls: whichever class or function of the knowledge one uses alone, it is run."""

from __future__ import annotations

import pytest

from torchlint.knowledge.data import DATASETS, LOADERS, LOADERS_ELSEWHERE, SAMPLERS, SPLITS
from torchlint.knowledge.functional import DROPOUTS, GUESSES_DIMENSION
from torchlint.knowledge.layers import LAYERS
from torchlint.knowledge.losses import FUNCTIONS, LOSSES
from torchlint.knowledge.optimizers import OPTIMIZERS, OPTIMIZERS_ELSEWHERE, SCHEDULERS, SCHEDULERS_ELSEWHERE
from torchlint.knowledge.training import CLIPPING, GRADIENT_SWITCHES, SCALERS
from torchlint.knowledge.transforms import ROLES
from torchlint.source import syntax
from torchlint.source.paper.worth import Worth, functions_in
from torchlint.source.read import read

KNOWN = {
    "layers": LAYERS,
    "losses": LOSSES,
    "functions of losses": FUNCTIONS,
    "optimizers": OPTIMIZERS,
    "optimizers elsewhere": OPTIMIZERS_ELSEWHERE,
    "schedulers": SCHEDULERS,
    "schedulers elsewhere": SCHEDULERS_ELSEWHERE,
    "clipping": CLIPPING,
    "gradient switches": GRADIENT_SWITCHES,
    "scalers": SCALERS,
    "loaders": LOADERS,
    "loaders elsewhere": [name for name, flag in LOADERS_ELSEWHERE.items() if flag == "shuffle"],
    "splits": SPLITS,
    "transforms": ROLES,
    "datasets": DATASETS,
    "samplers": SAMPLERS,
    "functions that guess a dimension": GUESSES_DIMENSION,
    "dropouts": DROPOUTS,
}


def summary_of(text: str) -> syntax.Summary:
    found = read("script.py", text.encode())
    assert isinstance(found, syntax.Summary)
    return found


def runs(body: str, *, more: str = "") -> bool:
    """Whether a function with this body is run though nobody calls it."""
    file = summary_of(f"import torch\n{more}\ndef alone(it):\n    {body}\n")
    *_, function = functions_in(file.body)
    return Worth([file]).is_function(function)


@pytest.mark.parametrize("group", KNOWN)
def test_a_function_that_uses_one_thing_that_is_known_is_run(group: str) -> None:
    words = {name.rpartition(".")[2] for name in KNOWN[group]}
    assert [word for word in sorted(words) if not runs(f"return it.{word}(it)")] == []
    assert [word for word in sorted(words) if not runs(f"return {word}(it)")] == []


@pytest.mark.parametrize("group", ["layers", "losses", "optimizers", "dropouts"])
def test_a_method_that_uses_one_thing_that_is_known_is_run(group: str) -> None:
    for word in KNOWN[group]:
        file = summary_of(f"import torch\nclass Plain:\n    def make(self):\n        self.it = torch.nn.{word}(3)\n")
        (owner,) = (each for each in file.body if isinstance(each, syntax.Class))
        (method,) = (each for each in owner.body if isinstance(each, syntax.Function))
        assert Worth([file]).is_method(method, of_module=False), word


def test_a_function_that_only_names_a_layer_is_not_run() -> None:
    assert not runs("return build(activation=torch.nn.ReLU)")
    assert runs("return build(activation=torch.nn.ReLU())")


def test_who_calls_a_function_that_trains_is_run_and_who_calls_one_that_only_tells_is_not() -> None:
    assert runs("return inner(it)", more="def inner(it):\n    it.backward()\n")
    assert not runs("return inner(it)", more="def inner(it):\n    return it.softmax(1)\n")
    assert not runs("return it + 1")


def test_who_misspells_requires_grad_is_run() -> None:
    assert runs("it.reqires_grad = False")
    assert not runs("it.gradual = False")


@pytest.mark.parametrize("imported", ["from torch.utils.data import DataLoader", "import torch.utils.data.DataLoader"])
def test_what_is_imported_under_another_name_tells_what_its_own_does(imported: str) -> None:
    assert runs("return Batches(it)", more=f"{imported} as Batches")
    assert not runs("return Batches(it)", more="from somewhere import Other as Batches")
    assert not runs("return it + 1", more=f"{imported} as Batches")
