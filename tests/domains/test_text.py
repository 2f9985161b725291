"""Texts as model input: words of any script, ids and counts, sums that are preserved, bad input, files."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lrpwidgets as lw
from lrpwidgets import domains
from lrpwidgets.domains.reading import Reading
from lrpwidgets.domains.words import sentences, words
from lrpwidgets.errors import FileFormatError, InputError

WORDS = ["", "the", "orbit", "moon", "god"]


def pieces(text):
    return [text[start:end] for start, end in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's an 'orbit', 1993!", ["It's", "an", "orbit", "1993"]),
        ("foo_bar-baz", ["foo", "bar", "baz"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),  # vowel signs are marks, not letters
        ("مَرْحَبًا بالعالم؟", ["مَرْحَبًا", "بالعالم"]),
        ("我爱moon。", ["我", "爱", "moon"]),
        ("cafe\u0301 \U0001f680", ["cafe\u0301"]),
        ("...", []),
    ],
)
def test_words_of_any_script(text, expected):
    assert pieces(text) == expected


def test_sentences_end_where_they_end():
    text = "One two. Three? 四五。六\n\nseven 1.5 eight"
    assert sentences(text, words(text)) == (0, 0, 1, 2, 2, 3, 4, 4, 4, 4)


def test_ids_are_filled_up_and_counts_are_counted():
    ids = lw.text(WORDS)
    x = ids.encode(["The orbit, the x moon", "god"])
    assert x.tolist() == [[1, 2, 1, 0, 3], [4, 0, 0, 0, 0]]
    assert x.dtype == torch.int64
    assert lw.text(WORDS, length=2).encode("the orbit the").tolist() == [[1, 2]]
    assert lw.text(WORDS, unknown=9).encode("x god").tolist() == [[9, 4]]
    assert lw.text({"b": 2, "a": 1}).encode("a b").tolist() == [[1, 2]]
    assert lw.text(["A"], bag=True, lowercase=False).encode("A a A").tolist() == [[2.0]]
    bag = lw.text(WORDS[1:], bag=True)
    assert bag.encode("the moon THE").tolist() == [[2.0, 0.0, 1.0, 0.0]]


def test_a_word_count_is_shared_by_its_words_and_tokens_are_summed():
    """E19: R of a column goes to its occurrences in equal parts, R of tokens to their word; sums stay."""
    bag = lw.text(WORDS[1:], bag=True)
    reading = bag.of("moon x the moon").texts[0]
    found, rest = reading.by_word(np.array([3.0, 5.0, 8.0, 7.0]))
    assert found.tolist() == [4.0, 0.0, 3.0, 4.0]
    assert rest == 12.0  # of columns without a word in this text
    pieces_of = Reading("unpack it", ((0, 6), (7, 9)), ((1, 0), (2, 0), (3, 1)))
    found, rest = pieces_of.by_word(np.array([0.5, 1.0, 2.0, 4.0, 0.25]))
    assert (found.tolist(), rest) == ([3.0, 4.0], 0.75)


@given(
    st.lists(st.sampled_from([*WORDS[1:], "other", ".", "\n"]), min_size=1, max_size=30),
    st.booleans(),
    st.integers(0, 99),
)
def test_sums_over_words_are_the_sum(tokens, bag, seed):
    text = " ".join(tokens)
    domain = lw.text(WORDS[1:] if bag else WORDS, bag=bag)
    if not set(tokens) & set(WORDS[1:]):
        with pytest.raises(InputError):
            domain.encode(text)
        return
    relevance = np.random.default_rng(seed).standard_normal(domain.encode(text).shape[1])
    found, rest = domain.of(text).texts[0].by_word(relevance)
    assert found.sum() + rest == pytest.approx(relevance.sum(), abs=1e-12)


def test_linear_models_give_each_word_its_weight_times_its_count():
    """E19: R_i = w_i x_i, to the last digit."""
    torch.manual_seed(0)
    net = nn.Linear(4, 2).double()
    domain = lw.text(WORDS[1:], bag=True)
    ex = lw.explain(net, ["the moon the god", "orbit"], rules="lrp-0", target=1, input=domain)
    torch.testing.assert_close(ex.relevance, net.weight[1] * ex.input, atol=1e-14, rtol=0)
    pooled = lw.measure.pool(ex[0], "words")
    assert pooled.names == ("rest", "the", "moon", "god")
    assert float(pooled["the"]) == pytest.approx(2 * float(net.weight[1, 0].detach()), abs=1e-12)


def test_explanations_know_their_words():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(5, 3, padding_idx=0), nn.Flatten(), nn.Linear(12, 2))
    domain = lw.text(WORDS, length=4)
    texts = ["The orbit. The moon", "god"]
    ex = lw.explain(net, texts, rules="epsilon", input=domain)
    assert ex.domain.decode(ex.input) == tuple(texts)
    assert ex[1].domain.decode(ex[1].input) == ("god",)
    assert lw.measure.pool(ex[0], "words").names == ("The", "orbit", "The (2)", "moon")
    halves = lw.measure.pool(ex, "sentences")
    assert halves.names == ("rest", "sentence 1", "sentence 2")
    torch.testing.assert_close(halves["sentence 2"][0], ex.relevance[0, 2:].double().sum())
    assert domain.read(ex.input[0], (1,)) == "the word 'orbit'"
    assert "no word" in domain.read(ex.input[1], (3,))
    flips = lw.measure.flip(net, texts, "lrp", regions="words", removal="embedding-zero", input=domain)
    assert flips["lrp"].steps == 4

    bare = lw.explain(net, ex.input, rules="epsilon", input=domain)  # ids alone: the vocabulary's words
    assert bare.domain.decode(bare.input) == ("the orbit the moon", "god")
    torch.testing.assert_close(bare.relevance, ex.relevance)


def test_one_word_is_a_text():
    domain = lw.text(WORDS)
    assert domain.encode("moon").tolist() == [[3]]
    net = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(3, 2))
    ex = lw.explain(net, "moon", rules="epsilon", input=domain)
    assert lw.measure.pool(ex, "words").names == ("moon",)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ("", "text 0 of 1 is empty"),
        (["moon", " \n"], "text 1 of 2 is empty"),
        ([], "list of texts is empty"),
        ("nothing known", "holds 2 words, none of which is in the vocabulary of 4"),
        ("nothing", "holds 1 word, which is not in the vocabulary of 4"),
        ("?!", "text 0 ('?!') holds no word: leave it out"),
        (["moon", None], "text 1 is NoneType"),
        (3, "text 0 is int"),
    ],
)
def test_texts_that_cannot_be_read_say_why(x, message):
    for domain in (lw.text(WORDS), lw.text(WORDS[1:], bag=True)):
        with pytest.raises(InputError, match=re.escape(message)):
            domain.encode(x)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "a vocabulary or a tokenizer"),
        ({"vocabulary": "abc"}, "not one str"),
        ({"vocabulary": ["", "a", "a"]}, "more than once"),
        ({"vocabulary": []}, "at least one"),
        ({"vocabulary": ["a", "b"]}, "which is the padding's"),
        ({"vocabulary": {"a": 1, "b": 1}}, "an id of its own"),
        ({"vocabulary": ["", "a"], "length": 0}, "length is a number of tokens"),
        ({"vocabulary": ["a"], "bag": True, "length": 5}, "belong to token ids"),
        ({"vocabulary": ["", "a"], "padding": -1}, "padding is a token id"),
        ({"tokenizer": object()}, "fast tokenizer"),
    ],
)
def test_domains_that_make_no_sense_say_why(given, message):
    with pytest.raises(InputError, match=re.escape(message)):
        lw.text(**given)


def test_shapes_are_checked():
    net = nn.Linear(4, 2)
    with pytest.raises(InputError, match=r"\(2, 3\), but these texts are \(batch, 4\) counts"):
        lw.explain(net, torch.zeros(2, 3), input=lw.text(WORDS[1:], bag=True))
    with pytest.raises(InputError, match=r"\(1, 2, 3\), but these texts are \(batch, token\) ids"):
        lw.explain(net, torch.zeros(1, 2, 3), input=lw.text(WORDS))


@pytest.mark.parametrize("domain", [lw.text(WORDS, length=7, unknown=0), lw.text(WORDS[1:], bag=True)])
def test_json_brings_it_back(domain):
    held = domain.of(["The orbit\n<b>", "moon \U0001f680 god"])
    data = json.loads(json.dumps(held.to_json()))
    assert domains.from_json(data) == held
    again = eval(domain.code, {"lw": lw, "vocabulary": domain.vocabulary})  # noqa: S307 (our own line)
    assert again == replace(domain, texts=())


def _broken():
    data = lw.text(WORDS).of("the orbit").to_json()
    one = data["texts"][0]
    yield "entry", {**data, "more": 1}
    yield "no entry 'bag'", {name: value for name, value in data.items() if name != "bag"}
    yield "words", {**data, "vocabulary": [1]}
    yield "list", {**data, "vocabulary": "abc"}
    yield "true or false", {**data, "bag": 1}
    yield "whole numbers", {**data, "padding": -1}
    yield "whole numbers", {**data, "length": True}
    yield "note", {**data, "note": "x" * 2000}
    yield "string", {**data, "texts": [{**one, "text": 1}]}
    yield "one after another", {**data, "texts": [{**one, "words": [[4, 9], [0, 3]]}]}
    yield "one after another", {**data, "texts": [{**one, "words": [[0, 99]]}]}
    yield "pairs", {**data, "texts": [{**one, "words": [[0]]}]}
    yield "beyond the last", {**data, "texts": [{**one, "pairs": [[0, 2]]}]}


@pytest.mark.parametrize(("message", "data"), list(_broken()))
def test_files_are_not_trusted(message, data):
    with pytest.raises(FileFormatError, match=message):
        domains.from_json(data)


def test_words_beyond_the_relevance_are_refused():
    reading = Reading("a b", ((0, 1), (2, 3)), ((0, 0), (7, 1)))
    with pytest.raises(InputError, match="variable 7, but relevance has 3"):
        reading.by_word(np.zeros(3))


def test_the_missing_vocabulary_of_a_file_is_told():
    loaded = domains.from_json({**lw.text(WORDS).to_json(), "vocabulary": []})
    with pytest.raises(InputError, match="has no vocabulary"):
        loaded.encode("moon")
