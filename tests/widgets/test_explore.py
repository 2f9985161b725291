"""The workbench: traits ask, the worker answers, the heat map and the controls follow."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError, PresetError, StoppedError, TargetError
from lrpwidgets.explain import points
from lrpwidgets.render.payload import MIME
from lrpwidgets.widgets import traces as traces_module
from lrpwidgets.widgets.parameter_control import meant
from tests.widgets.conftest import LABELS, SmallNet


@pytest.fixture
def workbench(net, pictures, domain):
    return lw.explore(net, pictures, labels=LABELS, input=domain)


@pytest.fixture
def counted(monkeypatch):
    """How often a forward pass was recorded."""
    count = []

    def counting(*args, **keys):
        count.append(threading.current_thread().name)
        return lw.trace(*args, **keys)

    monkeypatch.setattr(traces_module, "trace", counting)
    return count


class Slow(SmallNet):
    """A net whose forward pass waits, if told to, until the test lets it go on."""

    def __init__(self):
        super().__init__()
        self.begun, self.open = threading.Event(), threading.Event()
        self.waits = False

    def forward(self, x):
        if self.waits:
            self.begun.set()
            assert self.open.wait(10)
        return super().forward(x)

    def __deepcopy__(self, memo):
        return self


# -- asking -----------------------------------------------------------------------------------------


def test_the_first_answer_is_there_at_once(workbench, net, pictures, domain):
    expected = lw.explain(net, pictures[0], rules="deep-taylor", labels=LABELS, input=domain)
    assert torch.equal(workbench.explanation.relevance, expected.relevance)
    assert workbench.view.explanation is workbench.explanation
    assert workbench.status == "ready"


@pytest.mark.parametrize(
    "question",
    [
        {"index": 3},
        {"target": "dog"},
        {"target": 1, "minus": "cat"},
        {"method": "sensitivity"},
        {"rules": "epsilon", "target": "bee", "index": 5},
        {"target": lambda output: output[:, 1:].sum(1)},
        {"rules": {"features.0": lw.ZBox(-2, 2), "*": lw.Epsilon(0.25)}},
    ],
)
def test_a_trait_asks_and_the_answer_is_that_of_explain(workbench, net, pictures, domain, question):
    workbench.ask(**question)
    workbench.wait()
    asked = {"rules": "deep-taylor", **question}
    index = asked.pop("index", 0)
    if asked.get("method") == "sensitivity":
        del asked["rules"]
    expected = lw.explain(net, pictures[index], labels=LABELS, input=domain, **asked)
    assert torch.equal(workbench.explanation.relevance, expected.relevance)
    assert workbench.view.explanation is workbench.explanation
    assert workbench.explanation.minus == expected.minus


def test_several_traits_are_one_question(workbench, monkeypatch):
    asked = []
    monkeypatch.setattr(workbench._worker, "submit", lambda *_, **__: asked.append(1))
    workbench.ask(index=2, target="cat", minus="bee", rules="epsilon")
    assert asked == [1]
    workbench.ask(index=2, target="cat")
    assert asked == [1]
    workbench.ask()
    assert asked == [1, 1]


def test_a_click_costs_no_forward_and_few_traces_are_kept(counted, workbench):
    assert counted == ["MainThread"]
    for target in LABELS:
        workbench.target = target
        workbench.wait()
    assert len(counted) == 1
    for index in (1, 2, 3, 4, 5, 4, 5):
        workbench.index = index
        workbench.wait()
    assert len(counted) == 6
    assert len(workbench._traces._kept) == traces_module.KEPT
    workbench.index = 0  # was dropped
    workbench.wait()
    assert counted == ["MainThread"] + ["lrpwidgets"] * 6


def test_options_of_the_heat_map_stay(net, pictures, domain):
    workbench = lw.explore(net, pictures, LABELS, domain, layout="map", cmap="seismic", target="bee", index=2)
    assert (workbench.view.layout, workbench.view.cmap) == ("map", "seismic")
    assert workbench.explanation.target[0].label == "bee"
    workbench.view.opacity = 0.4
    workbench.index = 1
    workbench.wait()
    assert (workbench.view.layout, workbench.view.opacity) == ("map", 0.4)
    assert np.array_equal(np.frombuffer(workbench.view._picture, np.uint8), pictures[1].ravel())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"index": 6}, InputError, "there is no input 6: there are 6, counted from 0"),
        ({"index": -1}, InputError, "there is no input -1"),
        ({"target": "catt"}, TargetError, "unknown label 'catt'; did you mean 'cat'"),
        ({"target": 1.5}, TargetError, "target 1.5"),
        ({"minus": "be"}, TargetError, "did you mean 'bee'"),
        ({"method": "lrpp"}, MethodError, "unknown method 'lrpp'; did you mean 'lrp'"),
        ({"rules": "epsilonn"}, PresetError, "did you mean 'epsilon'"),
        ({"indx": 1}, InputError, "Explore: unknown option 'indx'; did you mean 'index'"),
    ],
)
def test_what_cannot_be_asked_is_said_at_once(workbench, change, error, message):
    before = workbench.explanation
    with pytest.raises(error, match=message):
        workbench.ask(**change)
    workbench.wait()
    assert workbench.explanation is before
    assert workbench.status == "ready"


def test_what_fails_in_the_model_shows_in_the_view_and_the_picture_stays(workbench):
    before, picture = workbench.explanation, workbench.view._picture
    workbench.target = 17
    with pytest.raises(TargetError, match="class 17 is out of range"):
        workbench.wait()
    assert (workbench.status, workbench.view.status) == ("error", "error")
    assert "class 17 is out of range" in workbench.error
    assert workbench.view.error == workbench.error
    assert workbench.explanation is before
    assert workbench.view._picture is picture
    workbench.target = "bee"
    workbench.wait()
    assert (workbench.status, workbench.error, workbench.view.error) == ("ready", "", "")


def test_a_model_that_cannot_be_explained_raises_in_the_cell_and_leaves_nothing_open(pictures, domain):
    from ipywidgets.widgets.widget import _instances

    class Broken(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no such layer")

    with pytest.raises(InputError, match="no such layer"):
        lw.explore(Broken(), pictures, input=domain)
    assert not any(isinstance(widget, lw.widgets.view.View) for widget in _instances.values())


def test_labels_must_fit_and_options_must_exist(net, pictures, domain):
    with pytest.raises(InputError, match="3 labels"):
        lw.explore(net, pictures, LABELS[:3], domain)
    with pytest.raises(InputError, match="unknown option 'cmpa'; did you mean 'cmap'"):
        lw.explore(net, pictures, LABELS, domain, cmpa="seismic")
    with pytest.raises(InputError, match="unknown layout"):
        lw.explore(net, pictures, LABELS, domain, layout="mpa")


# -- busy, stale, stopped, closed -------------------------------------------------------------------


@pytest.fixture
def slow(pictures, domain):
    model = Slow().eval()
    workbench = lw.explore(model, pictures, labels=LABELS, input=domain)
    model.waits = True
    yield model, workbench
    model.open.set()


def test_the_newest_question_wins(slow):
    model, workbench = slow
    answers = []
    workbench.observe(lambda change: answers.append(change["new"]), "explanation")
    workbench.index = 1
    assert model.begun.wait(10)
    assert (workbench.status, workbench.view.status) == ("busy", "busy")
    workbench.index = 2
    workbench.index = 3
    model.open.set()
    workbench.wait()
    assert [int(answer.input[0, 0, 0, 0] * 1000) for answer in answers] == [
        int(lw.image(mean=0.5, std=0.25).encode(workbench.inputs[3])[0, 0, 0, 0] * 1000)
    ]
    assert workbench.status == "ready"


def test_stop_in_the_heat_map_stops_the_workbench(slow, browser):
    model, workbench = slow
    before = workbench.explanation
    workbench.index = 1
    assert model.begun.wait(10)
    browser.say(workbench.view, {"kind": "stop"})
    model.open.set()
    workbench.wait()
    assert workbench.explanation is before
    assert (workbench.status, workbench.error) == ("ready", "")


def test_a_long_method_shows_how_far_it_is_and_can_be_stopped(workbench, monkeypatch):
    """Each noisy copy is a forward of its own here; the work ends before the next one."""
    monkeypatch.setattr(points, "MEMORY", 1)
    asked, shown = [], []
    at = lw.Trace.at
    monkeypatch.setattr(lw.Trace, "at", lambda trace, x: asked.append(x) or at(trace, x))
    before = workbench.explanation

    def follow(change):
        shown.append(change["new"])
        if stops and change["new"] is not None and change["new"] > 0.3:
            workbench.stop()

    workbench.view.observe(follow, "progress")
    stops = True
    workbench.ask(method="smoothgrad", parameters={"samples": 20})
    workbench.wait()
    assert len(asked) == 8  # the one at which it was stopped was under way
    assert workbench.explanation is before
    assert shown == [*(pytest.approx(at / 20) for at in range(8)), None]
    assert (workbench.status, workbench.error) == ("ready", "")
    stops = False
    workbench.ask()
    workbench.wait()
    assert (workbench.explanation.method, len(asked)) == ("smoothgrad", 28)


def test_closing_ends_the_thread_and_every_part(slow):
    from ipywidgets.widgets.widget import _instances

    model, workbench = slow
    parts = {workbench.model_id, workbench.view.model_id, workbench._controls.strip.model_id}
    assert parts <= set(_instances)
    workbench.index = 1
    assert model.begun.wait(10)
    workbench.close()
    model.open.set()
    assert not parts & set(_instances)
    with pytest.raises(StoppedError, match="closed"):
        workbench.index = 2


# -- hands ------------------------------------------------------------------------------------------


def bars(workbench):
    scores = workbench._controls._scores
    return scores._bars, [LABELS[at] for at in scores._classes]


def test_bars_show_the_scores_from_high_to_low(workbench):
    shown, names = bars(workbench)
    output = workbench.explanation.output[0]
    assert names == [LABELS[int(at)] for at in output.argsort(descending=True)]
    assert shown.y.tolist() == sorted(output.double().tolist(), reverse=True)


def test_a_click_on_a_bar_asks_and_with_shift_subtracts(workbench, browser):
    shown, names = bars(workbench)
    browser.set(shown, selected=[2])
    workbench.wait()
    assert workbench.target == workbench.explanation.target[0].label == names[2]
    shown, names = bars(workbench)
    row = names.index(workbench.target)
    other = 0 if row else 1
    browser.set(shown, selected=sorted({row, other}))  # bqplot adds what is clicked with Shift
    workbench.wait()
    assert workbench.target == names[row]
    assert workbench.minus == workbench.explanation.minus[0].label == names[other]
    assert shown.colors[row] != shown.colors[other]
    browser.set(shown, selected=sorted({row, other}))  # once more takes it back
    workbench.wait()
    assert workbench.minus is None


def test_a_click_beside_the_bars_asks_nothing(workbench, browser):
    shown, _ = bars(workbench)
    browser.set(shown, selected=None)
    workbench.wait()
    assert workbench.target == "top"
    assert shown.selected.tolist() == [0]


def test_any_class_can_be_typed(workbench, browser):
    box = workbench._controls._scores._asked_box
    browser.set(box, value="do")
    workbench.wait()
    assert workbench.target == "dog"
    browser.set(box, value="")
    workbench.wait()
    assert workbench.target == "top"
    browser.set(box, value="doog")
    assert workbench.status == "error"
    assert "did you mean 'dog'" in workbench.error
    assert box.value == ""


def test_menus_come_from_the_registries(workbench, browser):
    form = workbench._controls._form
    assert form._method.options == tuple(lw.METHODS)
    rules = form._controls["rules"]
    assert rules.options == tuple(lw.PRESETS)
    browser.set(rules, index=rules.options.index("epsilon"))
    workbench.wait()
    assert workbench.explanation.rules == "epsilon"
    browser.set(form._method, index=form._method.options.index("sensitivity"))
    workbench.wait()
    assert workbench.explanation.method == "sensitivity"
    assert form._controls == {}
    assert "does not decompose" in workbench._controls._sums.value


def test_another_input_from_the_strip_asks_for_its_top_class(workbench, browser):
    workbench.ask(target="dog", minus="bee")
    workbench.wait()
    browser.set(workbench._controls.strip, index=4)
    workbench.wait()
    assert (workbench.index, workbench.target, workbench.minus) == (4, "top", None)
    workbench.ask(target="dog")
    workbench.index = 1  # from Python it is kept
    workbench.wait()
    assert (workbench.target, workbench._controls.strip.index) == ("dog", 1)


def test_numbers_stand_beside_each_other(workbench):
    text = workbench._controls._sums.value
    assert f"{float(workbench.explanation.total[0]):#.5g}" in text
    assert f"{float(workbench.explanation.score[0]):#.5g}" in text


def test_names_are_escaped(net, pictures, domain):
    labels = ("<img src=x onerror=alert(1)>", *LABELS[1:])
    workbench = lw.explore(net, pictures, labels, domain, target=labels[0])
    workbench._controls._show_code.value = True
    assert "<img" not in workbench._controls._code.value
    assert "&lt;img" in workbench._controls._code.value


# -- inputs of every kind ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["list", "array", "tensor", "tensors", "pairs", "one", "float array"])
def test_inputs_may_come_in_many_forms(net, pictures, domain, kind):
    encoded = domain.encode(pictures)
    given = {
        "list": pictures,
        "array": np.stack(pictures),
        "float array": np.stack(pictures) / 255,
        "tensor": encoded,
        "tensors": list(encoded),
        "pairs": [(picture, 1) for picture in pictures],
        "one": pictures[3],
    }[kind]
    at = 0 if kind == "one" else 3
    workbench = lw.explore(net, given, LABELS, domain, index=at)
    assert torch.equal(workbench.explanation.input, encoded[3:4])
    names = {"model": net, "inputs": given, "labels": LABELS, "input": domain}
    lines = workbench.code.splitlines()
    exec("\n".join(lines[:-1]), names)  # noqa: S102
    again = eval(lines[-1], names)  # noqa: S307
    assert torch.equal(again.explanation.relevance, workbench.explanation.relevance)


def test_raw_tensors_need_no_domain(net):
    workbench = lw.explore(net, torch.randn(3, 3, 12, 12))
    workbench.index = 2
    workbench.wait()
    assert workbench._controls.strip._thumbnails[2]["png"].startswith(b"\x89PNG")
    assert workbench.explanation.target[0].label == str(int(workbench.explanation.output.argmax()))


@pytest.mark.parametrize(
    ("given", "message"),
    [([], "there is no input"), (7, "cannot explore a int"), (torch.zeros(5), "is no batch")],
)
def test_what_is_no_input_is_refused(net, given, message):
    with pytest.raises(InputError, match=message):
        lw.explore(net, given)


def test_wrong_predictions_are_marked_for_the_page_that_is_shown(net, domain):
    many = list(np.random.default_rng(1).integers(0, 256, (30, 12, 12, 3), dtype=np.uint8))
    with torch.no_grad():
        predicted = net(domain.encode(many)).argmax(1).tolist()
    truth = [(label + (at % 3 == 0)) % 4 for at, label in enumerate(predicted)]
    workbench = lw.explore(net, many, LABELS, domain, truth=truth)
    workbench.wait()
    strip = workbench._controls.strip
    assert len(strip._thumbnails) == strip.page == 24
    assert strip._marks == {str(at): "wrong" if at % 3 == 0 else "right" for at in range(24)}
    strip.first = 24
    workbench.wait()
    assert [len(strip._thumbnails), len(strip._marks)] == [6, 30]
    assert strip._marks["27"] == "wrong"
    with pytest.raises(InputError, match="truth has 2 labels for 30 inputs"):
        lw.explore(net, many, LABELS, domain, truth=[0, 1])


def test_thousands_of_inputs_are_drawn_a_page_at_a_time(net, pictures, domain):
    class Many:
        asked = set()  # noqa: RUF012

        def __len__(self):
            return 5000

        def __getitem__(self, at):
            self.asked.add(at)
            return pictures[at % 6]

    workbench = lw.explore(net, Many(), LABELS, domain)
    workbench.index = 4999
    workbench.wait()
    assert workbench._controls.strip.first == 4992
    assert Many.asked <= {*range(24), *range(4992, 5000)}


# -- a model that changes ---------------------------------------------------------------------------


def test_after_training_the_map_is_that_of_the_new_weights(workbench, net, pictures, domain):
    with torch.no_grad():
        net.classifier.weight.mul_(-1)
    workbench.ask()
    workbench.wait()
    expected = lw.explain(net, pictures[0], labels=LABELS, input=domain)
    assert torch.equal(workbench.explanation.output, expected.output)
    assert torch.equal(workbench.explanation.relevance, expected.relevance)


def train(net, steps, around=lambda step: None):
    """A training loop as in a cell; gives the losses."""
    torch.manual_seed(0)
    data = torch.rand(64, 3, 12, 12)
    classes = torch.arange(64) % 4
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    losses = []
    for step in range(steps):
        rows = torch.arange(16) + 16 * (step % 4)
        around(step)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(data[rows]), classes[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_training_in_a_cell_sees_nothing_of_clicks(pictures, domain):
    torch.manual_seed(1)
    alone = SmallNet(norm=True).train()
    clicked = copy.deepcopy(alone)
    workbench = lw.explore(clicked, pictures, LABELS, domain, method="sensitivity")
    answers = []
    workbench.observe(lambda change: answers.append(change["new"]), "explanation")

    def click(step):
        if step % 5 == 0:
            workbench.ask(index=step % 6, target=LABELS[step % 4])

    steps = 150
    losses = train(clicked, steps, click)
    modes = {module.training for module in clicked.modules()}
    workbench._worker.wait(30)
    assert losses == train(alone, steps)
    assert modes == {True}
    for name, value in alone.state_dict().items():
        assert torch.equal(value, clicked.state_dict()[name]), name
    assert answers, "no click was answered while the net trained"


# -- keeping it -------------------------------------------------------------------------------------


def test_code_names_the_input_that_is_on_the_screen(workbench):
    workbench.index = 2
    workbench.wait()
    workbench.target = 17
    with pytest.raises(TargetError):
        workbench.wait()
    assert "lw.explain(model, inputs[2], " in workbench.code
    assert 'target="top"' in workbench.code


def test_a_saved_notebook_has_the_current_picture(workbench):
    workbench.ask(index=1, target="cat")
    workbench.view.layout = "map"
    workbench.wait()
    bundle = workbench._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == workbench.model_id
    assert bundle[MIME]["widget"] == {"model_id": workbench.model_id}
    assert bundle[MIME]["samples"][0]["target"] == "cat"
    assert bundle[MIME]["view"]["layout"] == "map"
    assert bundle["image/png"].startswith("iVBOR")


def test_save(workbench, tmp_path):
    workbench.save(tmp_path / "now.lrp.json")
    assert torch.equal(lw.load(tmp_path / "now.lrp.json").relevance, workbench.explanation.relevance)


def test_linked_workbenches_follow_each_other_without_end(net, pictures, domain):
    import traitlets

    one = lw.explore(net, pictures, LABELS, domain)
    two = lw.explore(net, pictures, LABELS, domain, rules="epsilon")
    traitlets.link((one, "target"), (two, "target"))
    traitlets.link((one, "index"), (two, "index"))
    for index, target in ((3, "cat"), (1, "bee"), (4, "dog")):
        one.ask(index=index, target=target)
        two.ask(target=LABELS[0])
    one.wait()
    two.wait()
    assert (one.index, one.target) == (two.index, two.target) == (4, "ant")
    assert one.explanation.target == two.explanation.target


def test_clicks_are_heard_while_a_cell_runs(monkeypatch, net, pictures, domain):
    """No part of the workbench lets the kernel send its messages to the shell of the cell that made it."""
    from ipywidgets.widgets.widget import _instances

    from tests.widgets.conftest import Wire

    monkeypatch.setattr(Wire, "_reply_subshell_for", lambda self, data, default: None, raising=False)
    workbench = lw.explore(net, pictures, LABELS, domain)
    clicked = [workbench, workbench.view, workbench._controls.strip, bars(workbench)[0]]
    clicked += [widget for widget in _instances.values() if type(widget).__name__ in ("Dropdown", "Combobox")]
    assert len(clicked) == 8
    assert [widget.comm._reply_subshell_for for widget in clicked] == [None] * 8


# -- parameters of the methods -----------------------------------------------------------------------


@pytest.mark.parametrize("method", lw.METHODS)
def test_every_method_has_its_controls(workbench, net, pictures, domain, method):
    workbench.method = method
    workbench.wait()
    assert workbench.status == "ready"
    form = workbench._controls._form
    assert list(form._controls) == [parameter.name for parameter in lw.METHODS[method].parameters]
    for parameter in lw.METHODS[method].parameters:
        assert meant(form._controls[parameter.name]) == parameter.default
        assert form._controls[parameter.name].tooltip.startswith(parameter.doc)
    expected = lw.explain(net, pictures[0], labels=LABELS, input=domain, method=method)
    assert torch.equal(workbench.explanation.relevance, expected.relevance)


def test_controls_of_numbers_ask(workbench, browser):
    workbench.method = "smoothgrad"
    workbench.wait()
    controls = workbench._controls._form._controls
    browser.set(controls["samples"], value=3)
    browser.set(controls["noise"], value=0.5)
    browser.set(controls["seed"], value=7)
    workbench.wait()
    assert workbench.explanation.settings == {"samples": 3, "noise": 0.5, "seed": 7}
    assert "noise=0.5, samples=3, seed=7" in workbench.code


def test_a_number_or_a_tensor_in_a_field(workbench, browser):
    workbench.method = "integrated-gradients"
    workbench.parameters = {"steps": 3}
    workbench.wait()
    field = workbench._controls._form._controls["baseline"]
    assert field.value == "0.0"
    browser.set(field, value="0.25")
    workbench.wait()
    assert workbench.explanation.settings == {"steps": 3, "baseline": 0.25}
    black = torch.zeros_like(workbench.explanation.input)
    workbench.parameters = {"steps": 3, "baseline": black}
    workbench.wait()
    assert field.value == f"tensor {tuple(black.shape)}"
    assert "baseline=baseline" in workbench.code
    shown = workbench.explanation
    browser.set(workbench._controls._form._controls["steps"], value=2)  # the tensor stays
    workbench.wait()
    assert workbench.explanation is not shown
    assert workbench.explanation.settings["baseline"].startswith("tensor")
    workbench.parameters = {"steps": 2, "baseline": black + 1}  # another tensor is another question
    workbench.wait()
    assert not torch.equal(workbench.explanation.relevance, shown.relevance)
    browser.set(field, value="black")
    with pytest.raises(MethodError, match="baseline must be a number or a tensor"):
        workbench.wait()
    assert workbench.status == "error"
    browser.set(field, value="0.5")
    workbench.wait()
    assert workbench.status == "ready"
    assert workbench.explanation.settings["baseline"] == 0.5


@pytest.mark.parametrize("root", [0.5, torch.tensor(0.25)])
def test_a_choice_that_is_no_name_has_an_entry_of_its_own(workbench, browser, root):
    workbench.method = "taylor"
    workbench.wait()
    menu = workbench._controls._form._controls["root"]
    assert menu.options == ("search", "scaling")
    workbench.parameters = {"root": root}
    workbench.wait()
    label = "0.5" if root == 0.5 else "tensor ()"
    assert [option[0] for option in menu.options] == ["search", "scaling", label]
    assert menu.label == label
    browser.set(menu, index=1)
    workbench.wait()
    assert workbench.parameters == {"root": "scaling"}
    assert workbench.explanation.settings["root"] == "scaling"
    browser.set(menu, index=2)
    workbench.wait()
    assert workbench.explanation.settings["root"] == float(root)


def test_sums_of_excitation_backprop_say_what_it_starts_with(workbench):
    workbench.ask(method="excitation-backprop")
    workbench.wait()
    assert "of 1 at the output" in workbench._controls._sums.value
    workbench.ask(method="lrp", rules="excitation-backprop", target=0, minus=1)
    workbench.wait()
    assert "of 1 \u2212 1 at the output" in workbench._controls._sums.value


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        (None, r"heat map shows pictures .* is \(1, 3\).*input=lw\.features\(names\)"),
        (lw.features(["a", "b", "c"]), r"kind 'features' has a view of its own: lw\.view\(lw\.explain"),
    ],
)
def test_other_inputs_than_pictures_are_sent_to_their_view(domain, message):
    with pytest.raises(InputError, match=message):
        lw.explore(torch.nn.Linear(3, 2), torch.ones(2, 3), input=domain)
