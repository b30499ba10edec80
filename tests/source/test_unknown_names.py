"""Attributes and keys of which nobody knows the name: they are told apart, and no message shows by what."""

from __future__ import annotations

from torchlint.facts.layer import LooseTensor
from torchlint.source.lint import examine

BY_NAME = """
import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, names):
        super().__init__()
        for name in names:
            setattr(self, f"scale_{name}", torch.zeros(3, requires_grad=True))


Net(sys.argv)
"""
BY_KEY = """
import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for name, size in sizes.items():
            if name == "scale":
                self.scale = torch.zeros(size, requires_grad=True)


Net({sys.argv[1]: 3})
"""


def attributes(text: str) -> set[str]:
    facts = examine(["net.py"], jobs=1, given={"net.py": text.encode()}).facts
    return {fact.attribute for fact in facts if isinstance(fact, LooseTensor)}


def test_an_attribute_whose_name_is_not_known_is_shown_without_a_number() -> None:
    assert attributes(BY_NAME) == {"?"}


def test_a_key_that_is_not_known_may_be_any() -> None:
    assert attributes(BY_KEY) == {"scale"}
