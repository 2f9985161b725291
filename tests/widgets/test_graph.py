"""The layer graph's Python side: structure, what hands do, what is drawn, what is saved."""

from __future__ import annotations

import base64
import io
import time

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LayerError, MethodError
from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.graph import MARGIN, WIDEST, colour, paint, scene, tail
from lrpwidgets.render.layering import layout, ranks
from lrpwidgets.widgets import canvas as canvases

HOSTILE = "<img src=x onerror=alert(1)>"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 4))

    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.head(h + self.b(h))


@pytest.fixture
def trace():
    torch.manual_seed(0)
    return lw.trace(Net(), torch.rand(1, 3, 12, 12))


@pytest.fixture
def view(trace):
    return lw.graph(trace, rules="epsilon")


def names(view):
    return [node.name for node in view.graph.nodes]


# -- the layout -------------------------------------------------------------------------------------


def random_graph(seed, count=14):
    rng = np.random.default_rng(seed)
    nodes = [str(at) for at in range(count)]
    edges = [(str(above), str(above + 1)) for above in range(count - 1)]
    edges += [
        (str(above), str(below)) for above, below in rng.integers(0, count, (8, 2)) if above + 1 < below
    ]
    thinned = [edge for edge in dict.fromkeys(edges) if rng.random() > 0.2 or edge[1] == "1"]
    return nodes, thinned, {name: float(rng.integers(30, 180)) for name in nodes}


@pytest.mark.parametrize("seed", range(12))
def test_boxes_never_overlap_and_every_edge_goes_down(seed):
    nodes, edges, widths = random_graph(seed)
    placed = layout(nodes, edges, widths, gap=20, step=64, lane=20)
    for at, one in enumerate(nodes):
        for other in nodes[at + 1 :]:
            if placed.ranks[one] == placed.ranks[other]:
                apart = abs(placed.centres[one][0] - placed.centres[other][0])
                assert apart >= (widths[one] + widths[other]) / 2 + 20 - 1e-6
    for (above, below), corners in placed.corners.items():
        assert corners[0] == placed.centres[above]
        assert corners[-1] == placed.centres[below]
        assert np.all(np.diff([y for _, y in corners]) > 0)
        for x, y in corners[1:-1]:  # a lane runs through no box
            for name in nodes:
                if placed.centres[name][1] == y:
                    assert abs(placed.centres[name][0] - x) >= widths[name] / 2 + 10 + 20 - 1e-6
    assert min(x - widths[name] / 2 for name, (x, _) in placed.centres.items()) >= -1e-6
    assert max(x + widths[name] / 2 for name, (x, _) in placed.centres.items()) <= placed.width + 1e-6


def test_a_rank_is_the_longest_path():
    edges = [
        ("a", "b"),
        ("b", "c"),
        ("a", "c"),
        ("c", "d"),
        ("d", "a"),
    ]  # the last goes back, and counts for none
    assert ranks("abcd", edges) == {"a": 0, "b": 1, "c": 2, "d": 3}


# -- what is drawn ----------------------------------------------------------------------------------


def test_widths_are_shares_of_the_largest_relevance_and_colours_its_sign(view):
    drawn = view._scene
    largest = max(abs(edge.relevance) for edge in view.graph.edges)
    for stroke in drawn.strokes:
        assert stroke.width == pytest.approx(max(1, WIDEST * abs(stroke.edge.relevance) / largest))
    assert {stroke.sign for stroke in drawn.strokes} == {1, -1}
    picture = paint(drawn)
    left = (picture.shape[1] - drawn.width) // 2
    for stroke in drawn.strokes:
        if stroke.width > 3:
            points = stroke.points
            x, y = points.mean(0) if len(points) == 2 else points[len(points) // 2]
            assert tuple(picture[round(y), round(x) + left]) == colour(stroke.sign, THEMES["light"])
    assert tuple(picture[2, 2]) == THEMES["light"].background
    assert tuple(paint(drawn, theme="dark")[2, 2]) == THEMES["dark"].background


def test_a_long_path_keeps_its_end():
    assert tail("features.3.expand1x1_activation", 8.6, 140).endswith("activation")
    assert tail("short", 8.6, 140) == "short"


def test_no_relevance_at_all_is_drawn_thin_and_neutral():
    net = nn.Linear(3, 2)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    view = lw.graph(lw.trace(net, torch.ones(1, 3)), rules="epsilon", target=0)
    assert {(stroke.width, stroke.sign) for stroke in view._scene.strokes} == {(1.0, 0)}
    assert view.image().shape[0] > 2 * MARGIN


class Manager:
    """Stands for ipycanvas' own, and keeps each message."""

    def __init__(self, monkeypatch):
        self.sent = []
        monkeypatch.setattr(
            type(canvases._CANVAS_MANAGER),
            "_send_custom",
            lambda _, command, buffers=(): self.sent.append(command),
        )


def test_every_drawing_is_one_message_that_names_its_canvas(view, monkeypatch):
    manager = Manager(monkeypatch)
    view._sheet.draw()
    view._sheet.widget._handle_frontend_event(None, {"event": "client_ready"}, [])
    first, again = manager.sent
    assert first == again
    switch = canvases.ipycanvas.canvas.COMMANDS["switchCanvas"]
    assert [command[0] for command in first].count(switch) == 1
    assert first[0] == [switch, [f"IPY_MODEL_{view._sheet.widget.model_id}"]]


def test_an_error_while_drawing_leaves_the_other_canvases_alone(monkeypatch):
    sheet, manager = canvases.Sheet(), Manager(monkeypatch)

    def broken(canvas):
        canvas.fill_rect(0, 0, 1)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        sheet.show(broken, 10, 10, 1.0)
    assert manager.sent == []
    assert not canvases._CANVAS_MANAGER._caching
    assert canvases._CANVAS_MANAGER._commands_cache == []


def test_a_dense_screen_gets_more_pixels(view, browser):
    width = view._sheet.widget.width
    colours = dict.fromkeys(("ink", "quiet", "surface", "line", "accent"), "rgb(1, 2, 3)")
    browser.say(view._overlay, {"kind": "screen", "ratio": 2, "colours": colours})
    assert view._sheet.widget.width == 2 * width
    assert view._sheet.widget.layout.width == f"{width}px"
    browser.say(view._overlay, {"kind": "screen", "ratio": 1, "colours": {**colours, "ink": "url(http://x)"}})
    assert view._sheet.widget.width == 2 * width  # no colour: not listened to


# -- hands ------------------------------------------------------------------------------------------


def test_a_click_chooses_a_layer_and_an_operation_leaves_it(view, browser):
    browser.say(view._overlay, {"kind": "choose", "name": "b"})
    assert view.layer == "b"
    assert view._overlay._chosen == "b"
    assert "<strong>b</strong> Conv2d" in view._words.value
    browser.say(view._overlay, {"kind": "choose", "name": "(add)"})
    assert view.layer == "b"
    assert view._overlay._chosen == "(add)"
    browser.say(view._overlay, {"kind": "choose", "name": "nothing of ours"})
    assert view._overlay._chosen == "(add)"


def test_modules_open_and_close_and_keep_the_chosen_layer(view, browser):
    assert "head.2" in names(view)  # it begins with as much open as fits
    view.layer = "head.2"
    browser.say(view._overlay, {"kind": "toggle", "name": "head.2"})
    assert names(view) == ["(output)", "head", "(add)", "b", "a", "(input)"]
    assert view.layer == "head.2"
    assert view._overlay._chosen == "head"
    browser.say(view._overlay, {"kind": "toggle", "name": "head"})
    assert view._overlay._chosen == "head.2"
    with pytest.raises(LayerError, match="module with modules inside"):
        view.toggle("b")


def test_the_numbers_of_the_chosen_node_are_those_of_the_ledger(view):
    row = next(row for row in view.trace.explain(rules="epsilon").ledger if row.path == "b")
    node = view.graph.node("b")
    assert node.incoming == pytest.approx(row.incoming, rel=1e-5)
    assert node.outgoing == pytest.approx(row.outgoing, rel=1e-5)
    assert node.bias == pytest.approx(row.bias, rel=1e-5)


def test_another_question_is_answered_in_the_worker(view):
    view.rules = "deep-taylor"
    view.wait()
    assert view.graph.node("a").incoming == pytest.approx(
        float(view.trace.units("a", rules="deep-taylor").sum()), rel=1e-4
    )
    view.ask(target=1, minus=2)
    view.wait()
    one, two = (float(view.trace.output[0, at]) for at in (1, 2))
    assert view.graph.nodes[0].outgoing == pytest.approx(one - two, rel=1e-5)


def test_what_cannot_be_asked_is_said_and_the_picture_stays(view):
    before = view.graph
    view.ask(method="sensitivity")
    with pytest.raises(MethodError, match="does not say"):
        view.wait()
    assert view.status == "error"
    assert view.graph is before
    with pytest.raises(LayerError, match="layer"):
        view.layer = "head.3"
    with pytest.raises(InputError, match=r"from 0\.5 to 3"):
        view.zoom = 9
    with pytest.raises(InputError, match="trace"):
        lw.graph(nn.Linear(2, 2))
    with pytest.raises(InputError, match="option 'laier'"):
        lw.graph(view.trace, laier="b")


def test_the_code_makes_the_view_again(view, trace):
    view.layer, view.opened, view.zoom = "b", [], 1.5
    scope = {"model": trace.model, "x": trace.input}
    *imports, line = view.code.splitlines()
    exec("\n".join([*imports, f"again = {line}"]), scope)  # noqa: S102 - it is ours
    again = scope["again"]
    assert again.graph == view.graph
    assert (again.layer, again.opened, again.zoom) == ("b", [], 1.5)


def test_a_saved_notebook_has_the_picture(view):
    bundle = view._repr_mimebundle_()
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))))
    np.testing.assert_array_equal(picture, view.image())
    assert bundle["text/plain"].startswith("GraphView(")


def test_names_are_never_read_as_html():
    net = nn.Sequential()
    net.add_module(HOSTILE.replace(".", ""), nn.Linear(3, 2))
    view = lw.graph(lw.trace(net, torch.rand(1, 3)))
    view.layer = HOSTILE
    assert "<img" not in view._words.value
    assert "&lt;img" in view._words.value


def test_a_deep_network_is_drawn_in_time():
    deep = nn.Sequential(*(nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(60)))
    view = lw.graph(lw.trace(deep, torch.rand(1, 4)))
    view.opened = [str(at) for at in range(60)]
    assert len(view.graph.nodes) == 122
    began = time.perf_counter()
    scene(view.graph, 1.0)
    view.image()
    assert time.perf_counter() - began < 5


def test_the_chosen_layer_links_with_the_other_views(view):
    filters, rules = lw.FilterView(view.trace), lw.RuleView(view.trace)
    filters.wait()
    rules.wait()
    view.layer = filters.layer
    traitlets.link((view, "layer"), (filters, "layer"))
    traitlets.link((view, "layer"), (rules, "layer"))
    view._choose("b")
    assert (filters.layer, rules.layer) == ("b", "b")
    rules.layer = "a"
    assert view._overlay._chosen == "a"
    filters.wait()
    rules.wait()
