"""Panels of the workbench: made once, following while they are open, kept with what was done in them."""

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.widgets.panels import PANELS
from lrpwidgets.widgets.traces import MOST_TRIES, Traces


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


def test_filters_act_on_the_heat_map_of_the_workbench_while_their_panel_is_open(bench):
    bench.index = 2
    bench.panel = "filters"
    bench.wait()
    view, heat = bench.panels.view("filters"), bench.view
    assert view._heatmap is None
    assert heat.explanation is bench.explanation
    layer = convolutions(bench.model)[1]
    view.through = {layer: [0, 3]}
    view.wait()
    filtered = bench.trace.explain(through={layer: [0, 3]})
    assert torch.equal(heat.explanation.relevance, filtered.relevance)
    assert bench.picture() is heat.explanation is view.explanation
    assert not torch.equal(bench.explanation.relevance, filtered.relevance)
    bench.target = 7
    bench.wait()
    view.wait()
    assert torch.equal(
        heat.explanation.relevance, bench.trace.explain(target=7, through={layer: [0, 3]}).relevance
    )
    bench.panel = "regions"
    bench.wait()
    assert heat.explanation is bench.explanation
    bench.panel = "filters"
    bench.wait()
    assert heat.explanation is view.explanation
    view.through = {}
    view.wait()
    assert heat.explanation is bench.explanation
    heat.cmap = "seismic"
    assert view.cmap == "seismic"


@pytest.mark.parametrize("name", PANELS)
def test_the_code_makes_the_heat_map_and_the_open_panel(bench, name):
    bench.ask(index=2, target=5, minus=3)
    bench.panel = name
    bench.wait()
    view = bench.panels.view(name)
    view.wait()
    if name == "filters":
        view.through = {convolutions(bench.model)[1]: [0, 3]}
    if name == "regions":
        view.regions = {"object": lw.measure.Box(5, 6, 20, 22)}
    if name == "flipping":
        view.step = 3
    view.wait()
    shown = []
    known = {"model": bench.model, "inputs": bench.given, "display": shown.append}
    statements, last = bench.code.replace("from IPython.display import display\n", "").rsplit("\n", 1)
    exec(statements, known)  # noqa: S102
    panel = eval(last, known)  # noqa: S307
    panel.wait()
    (heat,) = shown
    assert torch.equal(heat.explanation.relevance, bench.view.explanation.relevance)
    assert type(panel).__name__ == type(view).__name__
    if panel.has_trait("explanation"):
        assert torch.equal(panel.explanation.relevance, view.explanation.relevance)
    for trait in ("target", "minus", "regions", "step", "through", "index", "layer"):
        if view.has_trait(trait) and name != "rules":
            assert getattr(panel, trait) == getattr(view, trait), trait
    for part in (panel, heat):
        part.close()


def test_the_code_on_the_screen_follows_the_heat_map_and_the_panel(bench):
    bench._controls._show_code.value = True
    bench.panel = "filters"
    bench.wait()
    bench.panels.view("filters").through = {convolutions(bench.model)[0]: [1]}
    bench.panels.view("filters").wait()
    bench.view.opacity = 0.5
    text = bench._controls._code.value
    assert "lw.filters(" in text
    assert "through={" in text.split("lw.filters(")[0]
    assert "opacity=0.5" in text


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


@pytest.mark.parametrize("name", PANELS)
def test_after_training_a_panel_opens_on_the_net_as_it_is(bench, name):
    bench.panel = name
    bench.wait()
    for panel in (None, name):  # made anew, and opened again
        with torch.no_grad():
            bench.model.get_parameter(next(iter(dict(bench.model.named_parameters())))).mul_(1.1)
        bench.panel = panel
        bench.wait()
    assert (bench.panel, bench.error) == (name, "")
    now = lw.explain(bench.model, bench.inputs[0])
    assert torch.equal(bench.explanation.score, now.score)
    view = bench.panels.view(name)
    view.wait()
    if name in ("filters", "rules", "graph"):
        assert torch.equal(view.trace.output, now.output)


def test_a_panel_is_tried_again_while_the_net_is_trained(bench, monkeypatch):
    """The first weights of every trace change as soon as it is there, some times."""
    weight, steps = next(bench.model.parameters()), iter(range(MOST_TRIES))
    record = Traces._record

    def disturbed(self, index):
        found = record(self, index)
        if next(steps, MOST_TRIES) < disturbances:
            with torch.no_grad():
                weight.mul_(1.01)
        return found

    monkeypatch.setattr(Traces, "_record", disturbed)
    disturbances = MOST_TRIES - 2  # the first trace is an old one
    with torch.no_grad():
        weight.mul_(1.01)
    bench.panel = "rules"
    bench.wait()
    assert (bench.panel, bench.error) == ("rules", "")


def test_a_panel_that_cannot_open_says_why_until_one_does(bench, monkeypatch):
    def short(workbench, shown):
        raise InputError("nothing to show")

    monkeypatch.setitem(PANELS, "compare", (PANELS["compare"][0], short))
    bench.panel = "compare"
    with pytest.raises(InputError, match="nothing to show"):
        bench.wait()
    assert (bench.panel, bench.error) == (None, "nothing to show")
    bench.panel = "regions"
    bench.wait()
    assert (bench.panel, bench.error, bench.status) == ("regions", "", "ready")
