"""HuggingFace `transformers` classes, small, from a config, with random weights.

Keyword inputs, outputs in a dataclass, integer input explained at its embedding: relevance (batch, tokens).
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
from tests.explain.test_untouched import assert_same, modes, state_of

TOKENS = torch.tensor([[2, 7, 31, 12, 9, 3, 17], [2, 5, 23, 3, 0, 0, 0], [2, 40, 41, 6, 28, 3, 0]])
MASK = (TOKENS != 0).long()
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
    """A class of transformers, its config, and where its token embedding lies."""

    name: str
    kind: str
    config: Callable[[], Any]
    embedding: str

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
        "bert.embeddings.word_embeddings",
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
        "distilbert.embeddings.word_embeddings",
    ),
    Text(
        "gpt-2",
        "GPT2ForSequenceClassification",
        lambda: transformers.GPT2Config(
            vocab_size=48, n_embd=16, n_layer=2, n_head=4, n_positions=16, num_labels=3, pad_token_id=0
        ),
        "transformer.wte",
    ),
    Text(
        "llama",
        "LlamaForSequenceClassification",
        lambda: transformers.LlamaConfig(**SIZES, num_key_value_heads=2),
        "model.embed_tokens",
    ),
]
BOTH = pytest.mark.parametrize("attention", ["eager", "sdpa"])
EVERY = pytest.mark.parametrize("text", TEXTS, ids=str)


def asked(text: Text, model, inputs, **settings):
    return lw.explain(model, inputs, target=1, **settings)


def at_embedding(model: nn.Module, path: str, inputs: dict[str, torch.Tensor], target: int) -> torch.Tensor:
    """Embedding times its gradient, summed over the embedding's width, by torch's autograd: (batch, tokens)."""
    held = []

    def hold(module, args, out):
        held.append(out.detach().requires_grad_())
        return held[-1]

    hook = model.get_submodule(path).register_forward_hook(hold)
    try:
        score = model(**inputs).logits[:, target].sum()
    finally:
        hook.remove()
    (found,) = torch.autograd.grad(score, held)
    return (found * held[0]).sum(-1).detach()


@EVERY
@BOTH
@pytest.mark.parametrize(("dtype", "at_most"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_gradient_x_input_is_autograd_at_the_embedding(text: Text, attention, dtype, at_most):
    model, inputs = text.model(attention, dtype), {"input_ids": TOKENS, "attention_mask": MASK}
    found = asked(text, model, inputs, method="gradient-x-input")
    expected = at_embedding(model, text.embedding, inputs, 1)
    assert found.relevance.shape == TOKENS.shape
    assert expected.abs().max() > 1e-3
    oracle.close(found.relevance, expected, at_most)
    torch.testing.assert_close(found.output, model(**inputs).logits.detach())


@EVERY
@pytest.mark.parametrize("rules", ["attn-lrp", "epsilon"])
def test_both_kinds_of_attention_give_the_same_map(text: Text, rules):
    inputs = {"input_ids": TOKENS, "attention_mask": MASK}
    maps = [asked(text, text.model(kind), inputs, rules=rules).relevance for kind in ("eager", "sdpa")]
    assert maps[0].abs().max() > 1e-3
    # Llama takes its softmax in float32 when eager, whatever the dtype of the model.
    oracle.close(maps[0], maps[1], 1e-5 if text.name == "llama" else 1e-9)


@EVERY
@BOTH
@pytest.mark.parametrize("settings", [{"rules": "attn-lrp"}, {"method": "gradient-x-input"}], ids=str)
def test_padded_tokens_get_exactly_zero(text: Text, attention, settings):
    inputs = {"input_ids": TOKENS, "attention_mask": MASK}
    relevance = asked(text, text.model(attention), inputs, **settings).relevance
    assert (relevance[MASK == 0] == 0).all()
    assert (relevance[MASK == 1] != 0).float().mean() > 0.9


@EVERY
@pytest.mark.parametrize("settings", [{"rules": "attn-lrp"}, {"method": "gradient-x-input"}], ids=str)
def test_a_batch_is_a_loop_over_texts_without_their_padding(text: Text, settings):
    model = text.model()
    together = asked(text, model, {"input_ids": TOKENS, "attention_mask": MASK}, **settings)
    for index, length in enumerate(MASK.sum(1).tolist()):
        alone = {
            "input_ids": TOKENS[index : index + 1, :length],
            "attention_mask": MASK[index : index + 1, :length],
        }
        found = asked(text, model, alone, **settings)
        oracle.close(together.relevance[index, :length], found.relevance[0], 1e-9)


@EVERY
def test_the_ledger_accounts_for_everything(text: Text):
    found = asked(text, text.model(), {"input_ids": TOKENS, "attention_mask": MASK}, rules="attn-lrp")
    moved = max(abs(row.incoming) for row in found.ledger)
    # Llama's norms compute in float32, whatever the dtype of the model.
    assert abs(found.ledger.unaccounted) <= (1e-6 if text.name == "llama" else 1e-9) * moved


@EVERY
def test_the_model_and_its_input_are_left_as_they_were(text: Text):
    model, inputs = text.model().train(), {"input_ids": TOKENS.clone(), "attention_mask": MASK.clone()}
    before = state_of(model), modes()
    found = asked(text, model, inputs, rules="attn-lrp")
    assert found.ledger.rows
    assert_same(before[0], state_of(model))
    assert_same(before[1], modes())
    assert torch.equal(inputs["input_ids"], TOKENS)
    assert torch.equal(inputs["attention_mask"], MASK)


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
def test_vit_that_returns_a_dataclass(attention):
    model, x = picture_model(attention), normal(2, 3, 16, 16)
    expected = gradient(Logits(model), x, target=1) * x
    for inputs in (x, {"pixel_values": x}, (x,)):
        found = lw.explain(model, inputs, method="gradient-x-input", target=1)
        oracle.close(found.relevance, expected, 1e-10)


def test_vit_by_attn_lrp():
    x = normal(2, 3, 16, 16)
    maps = [lw.explain(picture_model(kind), x, rules="attn-lrp", target=1) for kind in ("eager", "sdpa")]
    oracle.close(maps[0].relevance, maps[1].relevance, 1e-5)  # eager takes its softmax in float32
    assert abs(maps[1].ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in maps[1].ledger)


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
