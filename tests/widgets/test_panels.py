"""Panels of the workbench: made once, following while they are open, kept with what was done in them."""

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.widgets.panels import PANELS


@pytest.fixture
def bench():
    made = lw.explore(lw.zoo.digits(), lw.zoo.mnist()[:6])
    yield made
    made.close()


def test_there_is_none_before_it_is_asked_for(bench):
    assert bench.panel is None
    assert [bench.panels.view(name) for name in PANELS] == [None] * len(PANELS)
    assert len(bench.panels.children) == 1


@pytest.mark.parametrize("name", PANELS)
def test_it_opens_and_shows_the_input_of_the_workbench_and_the_next_one(bench, name):
    bench.index = 2
    bench.panel = name
    bench.wait()
    view = bench.panels.view(name)
    assert bench.panels.children[1:] == (view,)
    assert bench.error == ""
    bench.index = 3
    bench.wait()
    view.wait()
    if name in ("regions", "rules", "filters"):
        assert torch.equal(view.explanation.relevance, bench.explanation.relevance)
    if name in ("filters", "rules", "graph"):
        assert view.trace is bench.trace
    if name == "gallery":
        assert view.index == 3


def test_a_closed_panel_is_not_told_and_opens_with_what_was_done_in_it(bench):
    bench.panel = "filters"
    bench.wait()
    view = bench.panels.view("filters")
    view.layer = view.layer
    before = view.trace
    bench.panel = "regions"
    bench.index = 1
    bench.wait()
    assert view.trace is before
    bench.panel = "filters"
    bench.wait()
    assert bench.panels.view("filters") is view
    assert view.trace is bench.trace is not before


def test_a_rule_chosen_in_the_panel_is_what_the_workbench_asks(bench):
    bench.panel = "rules"
    bench.wait()
    bench.panels.view("rules").rules = "epsilon"
    bench.wait()
    assert bench.rules == "epsilon"
    assert torch.equal(bench.explanation.relevance, bench.trace.explain(rules="epsilon").relevance)


def test_a_layer_chosen_in_one_panel_is_chosen_in_the_others(bench):
    for name in ("filters", "rules", "graph"):
        bench.panel = name
        bench.wait()
    views = [bench.panels.view(name) for name in ("filters", "rules", "graph")]
    for at, view in enumerate(views):
        path = convolutions(bench.model)[at]
        view.layer = path
        assert [other.layer for other in views] == [path] * 3


def convolutions(model):
    return [path for path, module in model.named_modules() if isinstance(module, nn.Conv2d)]


def test_a_mistake_chosen_in_the_gallery_opens_as_this_and_not_that():
    digits = lw.zoo.mnist()
    bench = lw.explore(lw.zoo.digits(), digits)
    bench.panel = "gallery"
    bench.wait()
    gallery = bench.panels.view("gallery")
    gallery.wait()
    scores = bench.model(
        torch.stack([torch.tensor(digit.pixels / 255.0) for digit in digits])[:, None].float()
    )
    wrong = next(at for at, digit in enumerate(digits) if int(scores[at].argmax()) != digit.label)
    gallery.index = wrong
    gallery.wait()
    bench.wait()
    assert bench.index == wrong
    assert (bench.explanation.target[0].index, bench.explanation.minus[0].index) == (
        int(scores[wrong].argmax()),
        digits[wrong].label,
    )
    bench.close()


def test_a_button_opens_its_panel_and_closes_it(bench):
    button = bench.panels._buttons["regions"]
    button.value = True
    bench.wait()
    assert bench.panel == "regions"
    button.value = False
    bench.wait()
    assert bench.panel is None
    assert len(bench.panels.children) == 1


def test_the_state_holds_the_panel(bench):
    bench.panel = "regions"
    again = lw.explore(lw.zoo.digits(), lw.zoo.mnist()[:6], state=bench.state)
    again.wait()
    assert again.panel == "regions"
    assert again.panels.view("regions") is not None
    again.close()


def test_an_unknown_panel_is_named(bench):
    with pytest.raises(InputError, match="no panel 'region'"):
        bench.panel = "region"
    assert bench.panel is None


def test_a_panel_that_cannot_be_made_says_so_and_leaves_the_workbench(monkeypatch, bench):
    def fails(_workbench, _shown):
        raise InputError("this net has no layers to filter")

    monkeypatch.setitem(PANELS, "filters", ("", fails))
    bench.panel = "filters"
    with pytest.raises(InputError, match="no layers"):
        bench.wait()
    assert bench.panel is None
    assert "no layers" in bench.error
    assert len(bench.panels.children) == 1


def test_closing_the_workbench_closes_every_panel(bench):
    for name in ("regions", "rules"):
        bench.panel = name
        bench.wait()
    views = [bench.panels.view(name) for name in ("regions", "rules")]
    bench.close()
    assert all(view.comm is None for view in views)


def test_a_small_net_of_the_user_opens_every_panel():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    bench = lw.explore(net, torch.rand(3, 3, 8, 8))
    for name in PANELS:
        bench.panel = name
        bench.wait()
        assert bench.panels.view(name) is not None, name
    bench.close()
