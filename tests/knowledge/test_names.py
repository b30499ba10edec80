"""Identifiers, split into words, and the words by which people name things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchlint.knowledge import names, purposes
from torchlint.knowledge.names import words_of


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("val_loader", ("val", "loader")),
        ("valLoader", ("val", "loader")),
        ("testloader", ("test", "loader")),
        ("trainset", ("train", "set")),
        ("TrainDataLoader", ("train", "data", "loader")),
        ("netG", ("net", "g")),
        ("optimizerD", ("optimizer", "d")),
        ("BCELoss", ("bce", "loss")),
        ("model2", ("model", "2")),
        ("__init__", ("init",)),
        ("latest_model", ("latest", "model")),
        ("value", ("value",)),
        ("_", ()),
    ],
)
def test_words(identifier: str, words: tuple[str, ...]) -> None:
    assert words_of(identifier) == words


@given(st.text(alphabet="abcXYZ_019", max_size=30))
def test_no_letter_is_lost(identifier: str) -> None:
    assert "".join(words_of(identifier)) == identifier.replace("_", "").lower()


def test_words_are_reachable() -> None:
    found = {**vars(names), **vars(purposes)}
    tables = {name: table for name, table in found.items() if name.endswith("_WORDS")}
    assert len(tables) > 18
    for name, table in tables.items():
        for word in table:
            assert word in words_of(word) or len(words_of(word)) == 2, f"{word} in {name} is never matched"


def test_nothing_is_named_both_for_training_and_for_evaluation() -> None:
    assert not purposes.EVALUATION_WORDS & purposes.TRAINING_WORDS
    assert not names.MODEL_WORDS & names.NOT_MODEL_WORDS
