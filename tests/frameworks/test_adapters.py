"""LoRA adapters: half of each starts at zero, so that the other half gets no gradient in the first step."""

import pytest

from ..live.conftest import WatchRun

ADAPTED = """
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertForSequenceClassification, set_seed

set_seed(0)
sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
model = BertForSequenceClassification(BertConfig(vocab_size=60, **sizes))
model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=4, target_modules=sys.argv[1].split(",")))
optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=1e-2)
tokens = torch.randint(5, 60, (96, 12))
loader = torch.utils.data.DataLoader(tokens, batch_size=8, shuffle=True)
model.train()
for epoch in range(2):
    for batch in loader:
        output = model(input_ids=batch, labels=(batch[:, 0] > 30).long())
        output.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
"""


@pytest.mark.parametrize("targets", ["query", "query,value", "query,key,value,dense"])
def test_adapters_that_start_at_zero_are_silent(targets: str, watch_run: WatchRun) -> None:
    watched = watch_run(ADAPTED, arguments=[targets])
    assert (watched.places, watched.code) == ([], 0), watched.stdout + watched.stderr
