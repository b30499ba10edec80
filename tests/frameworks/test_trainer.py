"""Hugging Face's Trainer: the loop is its own, and all that the user's files show of it is one line."""

import json
from typing import Any

import pytest

from ..live.conftest import WatchRun

CLASSIFIER = """
import json
import sys

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed


class Sentences(torch.utils.data.Dataset):
    def __init__(self, size, seed):
        generator = torch.Generator().manual_seed(seed)
        self.tokens = torch.randint(5, 60, (size, 12), generator=generator)
        self.labels = (self.tokens[:, 0] > 30).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return {"input_ids": self.tokens[index], "labels": self.labels[index]}


set_seed(0)
sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
model = BertForSequenceClassification(BertConfig(vocab_size=60, **sizes))
arguments = TrainingArguments(
    output_dir="out",
    num_train_epochs=2,
    per_device_train_batch_size=8,
    report_to=[],
    save_strategy="no",
    disable_tqdm=True,
    use_cpu=True,
    **json.loads(sys.argv[1]),
)
trainer = Trainer(model=model, args=arguments, train_dataset=Sentences(96, 0), eval_dataset=Sentences(32, 1))
trainer.train()
"""
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "accumulating": {"gradient_accumulation_steps": 3},
    "evaluating in between": {"eval_strategy": "steps", "eval_steps": 5},
    "smoothing labels": {"label_smoothing_factor": 0.1},
    "for three steps": {"max_steps": 3},
    "clipping nothing": {"max_grad_norm": 0.0},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_trainer_as_it_comes_is_silent(way: str, watch_run: WatchRun) -> None:
    watched = watch_run(CLASSIFIER, arguments=[json.dumps(WAYS[way])])
    assert (watched.places, watched.code) == ([], 0), watched.stdout + watched.stderr
