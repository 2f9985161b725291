"""The gallery's Python side: its columns are the model's own answers, and only what is in sight is read first."""

from __future__ import annotations

import base64
import threading

import numpy as np
import pytest
import torch
from PIL import Image

import lrpwidgets as lw
from lrpwidgets.errors import InputError, TargetError
from lrpwidgets.widgets.gallery import GalleryView
from lrpwidgets.widgets.gallery_table import Filter, Table, column

from .conftest import LABELS, SmallNet


class Lazy:
    """Pictures that are made when they are read, and remember which were."""

    def __init__(self, count=300, broken=()):
        self.count, self.broken, self.read = count, broken, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.read.append(index)
        if index in self.broken:
            raise OSError(f"<b>file {index}</b> is cut off")
        return np.random.default_rng(index).integers(0, 256, (12, 12, 3), dtype=np.uint8)


@pytest.fixture
def heard(monkeypatch):
    """What galleries say to the browser beside their traits: (content, buffers)."""
    said = []
    monkeypatch.setattr(GalleryView, "send", lambda _, content, buffers=None: said.append((content, buffers)))
    return said


@pytest.fixture
def many():
    return torch.randn(40, 3, 12, 12, generator=torch.Generator().manual_seed(1))


def answers(net, x):
    with torch.no_grad():
        return net(x).double().numpy()


def test_its_columns_are_the_models_own_answers(net, many):
    truth = [at % 4 for at in range(40)]
    view = lw.gallery(net, many, LABELS, truth=truth)
    view.wait()
    scores = answers(net, many)
    np.testing.assert_array_equal(view.table.predicted, scores.argmax(1))
    np.testing.assert_allclose(view.table.columns["score"], scores.max(1), rtol=1e-5)
    margins = [
        row[y] - max(s for c, s in enumerate(row) if c != y) for row, y in zip(scores, truth, strict=True)
    ]
    np.testing.assert_allclose(view.table.columns["margin"], margins, rtol=1e-4, atol=1e-6)
    assert view.order.tolist() == np.argsort(margins, kind="stable").tolist()
    wrong = {at for at in range(40) if scores[at].argmax() != truth[at]}
    assert set(view.order[: len(wrong)].tolist()) == wrong, "mistakes come first"
    assert view.summary == f"40 of 40; {len(wrong)} predicted wrong"
    view.show = "wrong"
    assert view.summary == f"{len(wrong)} of 40: wrong"
    assert set(view.order.tolist()) == wrong


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["given", "score", "truth", "predicted", "ink"])
def test_every_order_and_filter_is_that_of_a_plain_loop(net, many, sort, descending):
    ink = [None if at == 5 else float((at * 7) % 11) for at in range(40)]
    truth = [at % 4 for at in range(40)]
    view = lw.gallery(net, many, LABELS, truth=truth, measures={"ink": ink}, sort=sort, descending=descending)
    view.wait()
    scores = answers(net, many)
    keys = {
        "given": range(40), "score": scores.max(1), "truth": truth, "predicted": scores.argmax(1), "ink": ink,
    }[sort]  # fmt: skip
    sign = -1 if descending else 1
    rank = [(keys[at] is None, sign * (keys[at] or 0)) for at in range(40)]
    assert view.order.tolist() == sorted(range(40), key=lambda at: (rank[at], at))
    view.true_class, view.predicted_class, view.within = "bee", 2, {"ink": (2, 9)}
    wanted = [
        at for at in view.order if truth[at] == 1 and scores[at].argmax() == 2 and 2 <= (ink[at] or -1) <= 9
    ]
    assert view.order.tolist() == wanted
    assert view.summary == f"{len(wanted)} of 40: true bee, predicted cat, ink 2 to 9"


def test_finding_looks_at_both_classes_and_titles(net, many):
    view = lw.gallery(net, many, LABELS, truth=["dog"] * 40)
    view.wait()
    predicted = view.table.predicted
    view.search = " BEE "
    assert set(view.order.tolist()) == {at for at in range(40) if predicted[at] == 1}
    view.search = "og"
    assert len(view.order) == 40
    view.search = "input 17"
    assert view.order.tolist() == [17]
    view.search = "<img onerror>"
    assert view.order.tolist() == []
    assert view.summary == '0 of 40: with "<img onerror>"'


def test_only_what_is_in_sight_is_read_and_the_rest_waits(net, domain, browser, heard):
    lazy = Lazy()
    view = lw.gallery(net, lazy, LABELS, input=domain, background=False)
    view.wait()
    assert set(lazy.read) <= set(range(24))
    assert view.summary == "300 of 300; 276 not predicted yet"
    browser.say(view, {"kind": "sight", "indices": [200, 201, 202], "missing": [201, 202]})
    view.wait()
    assert set(lazy.read) - set(range(24)) == {200, 201, 202}
    tiles = [tile for content, _ in heard for tile in content["tiles"] if "picture" in tile]
    assert [tile["index"] for tile in tiles] == [201, 202]
    pictures = [buffer for _, buffers in heard for buffer in buffers or ()]
    assert pictures[0] == lw.widgets.thumbnail.thumbnail(lazy[201], domain)
    facts = {tile["index"]: tile for content, _ in heard for tile in content["tiles"]}
    expected = answers(net, domain.encode(lazy[202]))[0]
    assert facts[202]["predicted"] == LABELS[expected.argmax()]
    assert facts[202]["numbers"]["score"] == pytest.approx(expected.max(), rel=1e-5)
    view.background = True
    view.wait()
    assert view.table.done.all()
    assert set(lazy.read) == set(range(300))


def test_what_the_browser_says_is_checked(net, many, browser, heard):
    view = lw.gallery(net, many, LABELS)
    view.wait()
    for indices in (None, "all", [-1, 40, 3.5, "3", None, True], {"a": 1}):
        browser.say(view, {"kind": "sight", "indices": indices, "missing": indices})
    view.wait()
    assert heard == []


def test_stopping_keeps_what_there_is_and_going_on_finishes(net, domain):
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Lazy):
        def __getitem__(self, index):
            if index == 30:
                begun.set()
                go_on.wait(20)
            return super().__getitem__(index)

    view = lw.gallery(net, Slow(), LABELS, input=domain)
    assert begun.wait(20)
    assert view.status == "busy"
    view.stop()
    go_on.set()
    view.wait()
    kept = view.table.predicted.copy()
    assert 24 <= view.table.done.sum() < 300
    assert not view.background
    view.background = True
    view.wait()
    assert view.table.done.all()
    assert (view.table.predicted[kept >= 0] == kept[kept >= 0]).all()


def test_a_mistake_asks_why_this_and_not_that(net, many):
    predicted = answers(net, many).argmax(1)
    truth = predicted.copy()
    truth[7] = (predicted[7] + 1) % 4
    view = lw.gallery(net, many, LABELS, truth=truth.tolist())
    view.wait()
    assert view.order[0] == 7
    assert (view.target, view.minus) == ("top", None)
    view.index = 7
    assert (view.target, view.minus) == (predicted[7], truth[7])
    view.index = 8
    assert (view.target, view.minus) == ("top", None)


def test_an_input_that_is_not_predicted_yet_is_predicted_when_it_is_chosen(net, many):
    predicted = answers(net, many).argmax(1)
    view = lw.gallery(net, many, LABELS, truth=((predicted + 1) % 4).tolist(), background=False)
    view.wait()
    assert not view.table.done[39]
    view.index = 39
    view.wait()
    assert (view.target, view.minus) == (predicted[39], (predicted[39] + 1) % 4)


def test_a_choice_is_a_question_to_its_owner_and_the_owners_choice_none(net, many):
    predicted = answers(net, many).argmax(1)
    truth = ((predicted + 1) % 4).tolist()
    bench = lw.explore(net, many, LABELS)
    view = lw.gallery(net, many, LABELS, truth=truth)
    view.follow(bench)
    view.wait()
    bench.wait()
    view.index = 7
    view.wait()
    bench.wait()
    assert (bench.index, bench.target, bench.minus) == (7, predicted[7], truth[7])
    assert bench.explanation.minus[0].index == truth[7]
    bench.ask(index=9, target="top", minus=None)
    bench.wait()
    view.wait()
    assert view.index == 9
    assert (bench.index, bench.target, bench.minus) == (9, "top", None), "what was asked there stays"


def test_a_measure_is_asked_when_it_is_used(net, many):
    asked = []

    def peak(model, x, explanation):
        assert model is net
        asked.append(x)
        return explanation.relevance.max()

    view = lw.gallery(net, many[:12], LABELS, measures={"peak": peak}, method="gradient-x-input")
    view.wait()
    assert asked == []
    view.sort = "peak"
    view.wait()
    assert len(asked) == 12
    expected = [
        float(lw.explain(net, many[at : at + 1], method="gradient-x-input").relevance.max())
        for at in range(12)
    ]
    np.testing.assert_allclose(view.table.columns["peak"], expected, rtol=1e-6)
    assert view.order.tolist() == np.argsort(expected, kind="stable").tolist()
    view.descending = True
    view.wait()
    assert len(asked) == 12


def test_a_measure_that_raises_is_told_and_nothing_is_lost(net, many):
    def picky(model, x, explanation):
        if torch.equal(x, many[3:4]):
            raise RuntimeError("<b>no</b>")
        return 1.0

    view = lw.gallery(net, many[:12], LABELS, measures={"picky": picky}, sort="picky")
    with pytest.raises(InputError, match=r"measure 'picky', input 3: RuntimeError: <b>no</b>"):
        view.wait()
    assert view.status == "error"
    assert view.table.done.all()
    assert np.isfinite(view.table.columns["picky"]).sum() == 3
    view.sort = "score"
    view.wait()
    assert view.error == ""


def test_a_broken_input_is_told_where_it_stands(net, domain, browser, heard):
    view = lw.gallery(net, Lazy(60, broken=(4, 31)), LABELS, input=domain)
    view.wait()
    assert view.summary == "60 of 60; 2 could not be predicted"
    assert view.table.failures[31] == "OSError: <b>file 31</b> is cut off"
    assert (view.table.predicted >= 0).sum() == 58
    browser.say(view, {"kind": "sight", "indices": [31], "missing": [31]})
    view.wait()
    assert heard[-1][0]["tiles"][0]["failure"] == "OSError: <b>file 31</b> is cut off"
    assert view.page().shape[2] == 3


def test_predicting_anew_sees_a_trained_model(net, many):
    view = lw.gallery(net, many, LABELS)
    view.wait()
    with torch.no_grad():
        net.classifier.bias[2] += 100
    view.ask()
    view.wait()
    assert (view.table.predicted == 2).all()


def test_a_model_in_training_is_not_disturbed(many):
    torch.manual_seed(0)
    net = SmallNet(norm=True).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    view = lw.gallery(net, many, LABELS)
    view.wait()
    assert net.training
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_its_code_makes_it_again(net, many):
    view = lw.gallery(net, many, LABELS, truth=[0] * 40)
    view.wait()
    view.sort, view.show, view.true_class, view.within = "score", "wrong", "ant", {"score": (0, None)}
    assert view.code.startswith("import lrpwidgets as lw\n\nlw.gallery(model, inputs")
    names = {"model": net, "inputs": many, "labels": LABELS, "truth": [0] * 40}
    exec(view.code.replace("lw.gallery", "again = lw.gallery"), names)  # noqa: S102
    again = names["again"]
    again.wait()
    assert again.order.tolist() == view.order.tolist()
    assert again.code == view.code


def test_a_saved_notebook_has_the_first_page(net, many, tmp_path):
    view = lw.gallery(net, many, LABELS, truth=[0] * 40)
    view.wait()
    bundle = view._repr_mimebundle_()
    path = tmp_path / "page.png"
    path.write_bytes(base64.b64decode(bundle["image/png"]))
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(pixels, view.page())
    first = lw.widgets.thumbnail.small(many[view.order[0]][None], None)
    enlarged = first[np.arange(96) // 8][:, np.arange(96) // 8]
    found = [
        (y, x)
        for y in range(20, 60)
        for x in range(5, 20)
        if np.array_equal(pixels[y : y + 96, x : x + 96], enlarged)
    ]
    assert len(found) == 1
    assert bundle["text/plain"] == repr(view)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"sort": "ink"}, InputError, "unknown order 'ink'"),
        ({"index": 40}, InputError, "there is no input 40"),
        ({"true_class": "cow"}, TargetError, "cow"),
        ({"within": {"ink": (0, 1)}}, InputError, "ink"),
        ({"within": {"score": (0, "x")}}, InputError, "within 'score'"),
        ({"measures": {"ink": [1, 2]}}, InputError, "one number for each of 40 inputs"),
        ({"measures": {"ink": ["a"] * 40}}, InputError, "measure 'ink'"),
        ({"measures": {"score": [1] * 40}}, InputError, "a name of its own"),
        ({"truth": ["cow"] * 40}, TargetError, "cow"),
        ({"sorting": "score"}, InputError, "sort"),
    ],
)
def test_what_cannot_be_asked_is_said(net, many, options, error, words):
    with pytest.raises(error, match=words):
        lw.gallery(net, many, LABELS, **options)


def test_a_model_that_gives_no_classes_is_told_at_once(many):
    with pytest.raises(InputError, match=r"class scores \(batch, classes\)"):
        lw.gallery(torch.nn.Conv2d(3, 4, 3), many)


def test_one_class_one_input_and_scores_that_are_no_numbers(many):
    class One(torch.nn.Module):
        def forward(self, x):
            return x.flatten(1).mean(1, keepdim=True) / (x[:, :1, 0, 0] != 0)

    view = lw.gallery(One(), many[:1])
    view.wait()
    assert view.summary == "1 of 1"
    bad = many[:3].clone()
    bad[1] = 0
    view = lw.gallery(One(), bad)
    view.wait()
    assert view.table.failures == {1: "the model's output is not finite"}


def test_series_and_missing_numbers_are_columns():
    import pandas as pd

    np.testing.assert_array_equal(
        column("a", pd.Series([1, None, np.inf], index=[7, 8, 9]), 3), [1, np.nan, np.nan]
    )
    table = Table(3, None)
    table.columns["a"] = np.array([np.nan, 2, 1])
    assert table.order("a", False, Filter()).tolist() == [2, 1, 0]
    assert table.order("a", True, Filter()).tolist() == [1, 2, 0]
