"""The view of named features: what is chosen, what its bars, pies and histogram hold, and what it leaves in a file."""

from __future__ import annotations

import base64
import time

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.pies import pies
from lrpwidgets.widgets import feature_still
from lrpwidgets.widgets.feature_charts import histogram
from lrpwidgets.widgets.features import FeaturesView

STATISTICS = {"mean": "mean ", "error": " error", "worst": "worst "}


@pytest.fixture(scope="module")
def tumours():
    """A small net on the breast cancer set, and explanations of what it had not seen."""
    table = load_breast_cancer(as_frame=True)
    names = list(table.data.columns)
    train, held = table.data[:400], table.data[400:]
    domain = lw.features(
        names,
        mean=train.mean(),
        std=train.std(),
        groups={key: [name for name in names if word in name] for key, word in STATISTICS.items()},
    )
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    x, y = domain.encode(train), torch.tensor(table.target[:400].to_numpy())
    started = time.monotonic()
    optimiser = torch.optim.Adam(net.parameters(), 0.02, weight_decay=1e-3)
    for _ in range(120):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    assert time.monotonic() - started < 20
    right = net(domain.encode(held)).argmax(1) == torch.tensor(table.target[400:].to_numpy())
    assert right.float().mean() > 0.93
    return lw.explain(net.eval(), held, input=domain, labels=list(table.target_names), rules="epsilon")


@pytest.fixture
def view(tumours):
    return lw.view(tumours)


def test_the_domain_chooses_the_view(view, tumours):
    assert type(view) is FeaturesView
    assert lw.FeaturesView is FeaturesView
    with pytest.raises(InputError, match=r"lw\.features"):
        FeaturesView(lw.explain(torch.nn.Linear(2, 2), torch.ones(1, 2)))
    with pytest.raises(InputError, match="most must be a whole number from 1 to 200, not 0"):
        lw.view(tumours[0], most=0)
    with pytest.raises(InputError, match="did you mean 'cursor'"):
        lw.view(tumours, cursr="x")
    assert FeaturesView().picture() is None


def test_bars_hold_the_whole_relevance(view, tumours):
    for most in (1, 7, 30, 200):
        view.most = most
        rows = view.bars._rows
        assert sum(row["relevance"] for row in rows) == pytest.approx(
            float(tumours.relevance[0].double().sum()), abs=1e-6
        )
        assert [row["key"] is None for row in rows] == [False] * min(most, 30) + [True] * (most < 30)
    strongest = int(tumours.relevance[0].abs().argmax())
    assert rows[0]["key"] == tumours.domain.names[strongest]
    assert rows[0]["value"] == tumours.domain.value(strongest, float(tumours.input[0, strongest]))


@pytest.mark.parametrize("grouping", ["groups", "features"])
def test_the_pies_are_the_pooled_relevance_of_each_sign(view, tumours, grouping):
    view.grouping, view.sample = grouping, 5
    pooled = lw.measure.pool(tumours[5], grouping)
    for part, wanted, pie in zip(
        view.shares(), (pooled.positive[0], pooled.negative[0]), view.charts.pies, strict=True
    ):
        assert sum(one.amount for one in part) == pytest.approx(float(wanted.sum()))
        assert [abs(one.amount) for one in part[:2]] == wanted.abs().sort(descending=True)[0][:2].tolist()
        assert pie.sizes.tolist() == [abs(one.amount) for one in part]
        assert len(pie.colors) == len(part) <= 7


def test_a_method_that_does_not_decompose_has_bars_and_says_why_no_shares(tumours):
    net = torch.nn.Sequential(torch.nn.Linear(30, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    ex = lw.explain(net.eval(), tumours.input[:2], input=tumours.domain, method="deconvnet")
    view = lw.view(ex)
    assert "no decomposition" in view.charts.words.value
    assert len(view.charts.pies[0].sizes) == 0
    assert len(view.bars._rows) == 16


def test_the_histogram_is_of_the_chosen_feature_over_the_batch(view, tumours):
    assert view.feature == view.bars._rows[0]["key"]
    view.cursor, view.sample = "worst area", 3
    own = tumours.relevance[:, tumours.domain.index("worst area")].double().numpy()
    np.testing.assert_array_equal(view.values(), own)
    assert sum(view.charts.bars.y) == len(own)
    assert view.charts.here.x.tolist() == [own[3]] * 2
    one = lw.view(tumours[0])
    assert one.charts.bars.y.tolist() == [1.0]


def test_no_bar_of_the_histogram_holds_both_signs():
    for values in (
        np.random.default_rng(0).normal(size=300),
        np.array([-3.0, -1e-9, 0.0, 2.0]),
        np.full(4, -0.5),
        np.zeros(2),
    ):
        counts, edges = histogram(values)
        assert counts.tolist() == np.histogram(values, edges)[0].tolist()
        assert counts.sum() == len(values)
        for count, low, high in zip(counts, edges, edges[1:], strict=False):
            inside = values[(values >= low) & (values < high)]
            assert len(inside) == count
            assert not ((inside > 0).any() and (inside < 0).any())


def test_one_sample_is_said_to_be_one(tumours):
    one = lw.view(tumours[0])
    assert "1 sample" in one.charts.title.value


def test_hands_choose_and_what_cannot_be_is_refused_in_place(view, browser):
    browser.set(view.bars, cursor="mean area", sample=4, grouping="features", most=5)
    assert (view.cursor, view.sample, view.grouping, view.most) == ("mean area", 4, "features", 5)
    assert len(view.bars._rows) == 6
    for wrong in ({"sample": 999}, {"cursor": "mean aera"}, {"grouping": "x"}, {"most": 0}):
        browser.set(view.bars, **wrong)
        ((name, _),) = wrong.items()
        assert view.status == view.bars.status == "error"
        assert view.bars.error
        assert getattr(view, name) == getattr(view.bars, name)
    browser.set(view.bars, sample=5)
    assert (view.status, view.error) == ("ready", "")
    browser.set(view.bars, cursor=None)
    assert view.cursor is None
    for name, value in (("sample", 999), ("sample", 1.5), ("cursor", "nobody"), ("grouping", "x")):
        with pytest.raises(InputError):
            setattr(view, name, value)


def test_another_explanation_keeps_what_it_has(view, tumours):
    view.sample, view.cursor, view.most = 100, "mean area", 3
    view.explanation = tumours[2]
    assert (view.sample, view.cursor, view.most) == (0, "mean area", 3)
    other = lw.features(["a", "b"])
    net = torch.nn.Linear(2, 2)
    view.explanation = lw.explain(net.eval(), torch.ones(1, 2), input=other)
    assert view.cursor is None
    assert [row["name"] for row in view.bars._rows] in (["a", "b"], ["b", "a"])
    view.explanation = None
    assert view.bars._rows == []


def test_code_picture_and_file(view, tumours, tmp_path):
    view.sample, view.cursor, view.most = 2, "mean area", 9
    assert view.code.startswith("import lrpwidgets as lw")
    assert view.code.endswith("sample=2, cursor='mean area', most=9)")
    bundle = view._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    alone = lw.view(tumours[2], cursor="mean area")
    page, bars = feature_still.picture(alone), compose(figure(tumours[2]))
    np.testing.assert_array_equal(page[: len(bars), : bars.shape[1]], bars)
    shares = pies([("for", alone.shares()[0]), ("against", alone.shares()[1])])
    np.testing.assert_array_equal(page[len(bars) :, : shares.shape[1]], shares)
    assert len(feature_still.picture(view)) > len(page) + 100  # the histogram
    assert bundle["text/plain"] == repr(view)
    assert "FeaturesView(" in repr(view)
    saved = view.save(tmp_path / "bars.png").read_bytes()
    assert saved == tumours.save(tmp_path / "own.png", sample=2).read_bytes()
    assert saved != tumours.save(tmp_path / "own.png").read_bytes()


def test_strangers_names_are_text(browser):
    hostile = "<img src=x onerror=alert(1)>"
    domain = lw.features([hostile, "b"], groups={hostile: [hostile]})
    view = lw.view(lw.explain(torch.nn.Linear(2, 2).eval(), torch.ones(1, 2), input=domain), cursor=hostile)
    assert "<img" not in view.charts.words.value + view.charts.title.value
    assert "&lt;img" in view.charts.title.value


def test_it_follows_a_workbench(tumours):
    owner = lw.view(tumours, sample=1)
    view = FeaturesView()
    view.follow(owner)
    assert view.explanation is tumours
    owner.explanation = tumours[3]
    assert view.explanation is owner.explanation
