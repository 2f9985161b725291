"""HuggingFace `transformers` classes, small, from a config, with random weights.

Their scores are an attribute of what they return, and text goes in as embeddings: both through a wrapper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import transformers
from torch import nn

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import gradient, normal

SIZES: dict[str, Any] = {
    "vocab_size": 48,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 24,
    "max_position_embeddings": 16,
    "num_labels": 3,
    "pad_token_id": 0,
}


@dataclass(frozen=True)
class Text:
    """A class of transformers and its config."""

    name: str
    kind: str
    config: Callable[[], Any]

    def __str__(self) -> str:
        return self.name

    def model(self, attention: str = "sdpa", dtype: torch.dtype = torch.float64) -> nn.Module:
        config = self.config()
        config._attn_implementation = attention
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = getattr(transformers, self.kind)(config)
            for parameter in model.parameters():
                if parameter.dim() > 1:
                    nn.init.normal_(parameter, std=0.3)
                else:
                    parameter.data += 0.1 * torch.randn_like(parameter)
        return model.to(dtype).eval()


TEXTS = [
    Text(
        "bert",
        "BertForSequenceClassification",
        lambda: transformers.BertConfig(**SIZES),
    ),
    Text(
        "distilbert",
        "DistilBertForSequenceClassification",
        lambda: transformers.DistilBertConfig(
            vocab_size=48,
            dim=16,
            n_layers=2,
            n_heads=4,
            hidden_dim=24,
            max_position_embeddings=16,
            num_labels=3,
            pad_token_id=0,
        ),
    ),
    Text(
        "gpt-2",
        "GPT2ForSequenceClassification",
        lambda: transformers.GPT2Config(
            vocab_size=48, n_embd=16, n_layer=2, n_head=4, n_positions=16, num_labels=3, pad_token_id=0
        ),
    ),
    Text(
        "llama",
        "LlamaForSequenceClassification",
        lambda: transformers.LlamaConfig(**SIZES, num_key_value_heads=2),
    ),
]
BOTH = pytest.mark.parametrize("attention", ["eager", "sdpa"])
EVERY = pytest.mark.parametrize("text", TEXTS, ids=str)


def picture_model(attention: str) -> nn.Module:
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        image_size=16,
        patch_size=4,
        num_labels=3,
        attn_implementation=attention,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = transformers.ViTForImageClassification(config)
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.3)
    return model.double().eval()


class Logits(nn.Module):
    """A wrapper that returns the scores."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(pixel_values=x).logits


@BOTH
def test_vit_behind_a_wrapper(attention):
    model, x = Logits(picture_model(attention)), normal(2, 3, 16, 16)
    found = lw.explain(model, x, method="gradient-x-input", target=1)
    oracle.close(found.relevance, gradient(model, x, target=1) * x, 1e-10)


@EVERY
@BOTH
def test_text_behind_a_wrapper_that_takes_embeddings(text: Text, attention):
    class Embedded(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = text.model(attention)

        def forward(self, embedded):
            mask = torch.ones(embedded.shape[:2], dtype=torch.long)
            return self.model(inputs_embeds=embedded, attention_mask=mask).logits

    model = Embedded()
    x = 0.3 * normal(1, 6, 16)
    expected = gradient(model, x, target=1) * x
    oracle.close(lw.explain(model, x, method="gradient-x-input", target=1).relevance, expected, 1e-10)
