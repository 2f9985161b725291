"""The view of prototypes: runs beside each other, stopped ones keep what they had, kept ones outlive all runs."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import InputError, TargetError
from lrpwidgets.explain.experts import L2, CodeSpace, LogDensity
from lrpwidgets.render.png import SIGNATURE
from tests.widgets.conftest import LABELS

SHAPE = (3, 12, 12)


class Gate:
    """An expert that lets a search pass a few times, then waits until it is opened."""

    weight, shape = 0.01, SHAPE

    def __init__(self, passes=6):
        self.passes, self.reached, self.opened = passes, threading.Event(), threading.Event()

    def log_density(self, x):
        self.passes -= 1
        if self.passes < 0:
            self.reached.set()
            assert self.opened.wait(30)
        return -x.square().flatten(1).sum(1)

    def start(self):
        return None


@pytest.fixture
def show(net, domain):
    """A view of the small net's prototypes, which is ready."""

    def shown(target=1, experts=None, wait=True, **options):
        given = {"input": domain, "labels": LABELS, "shape": SHAPE, "steps": 12, **options}
        view = lw.prototypes(net, target, experts, **given)
        if wait:
            view.wait()
        return view

    return shown


def again(view, net, domain):
    """What the names in the view's code mean."""
    return {"lw": lw, "model": net, "labels": LABELS, "experts": view.experts, "expert": view._given}


def test_columns_are_the_records_of_prototype(show, net, domain):
    torch.manual_seed(0)
    decoder = torch.nn.Sequential(
        torch.nn.Linear(4, 3 * 144), torch.nn.Unflatten(1, SHAPE), torch.nn.Sigmoid()
    )
    experts = {"near grey": L2(), "codes": CodeSpace(decoder, code_shape=(4,))}
    view = show("bee", experts, weight={"codes": 0.5})
    for name, found, column in zip(experts, view.found, view._columns, strict=True):
        alone = lw.prototype(
            net,
            1,
            experts[name],
            input=domain,
            labels=LABELS,
            shape=SHAPE,
            steps=12,
            weight={"codes": 0.5}.get(name),
        )
        assert torch.equal(found.x, alone.x)
        assert found.frames[-1].number == alone.frames[-1].number
        assert (column["name"], column["weight"], column["labels"]) == (name, alone.weight, ["bee"])
        frames = np.frombuffer(column["pixels"], np.uint8).reshape(column["shape"])
        for frame, picture in zip(alone.frames, frames, strict=True):
            assert np.array_equal(picture, domain.decode(frame.x))
        assert column["numbers"] == [frame.number for frame in alone.frames]
        last = [alone.score, alone.probability, alone.log_density]
        assert column["facts"][-1] == [[*(float(value[0]) for value in last), None]]
    assert view.status == "ready"


def test_a_stopped_run_keeps_its_last_frame(show):
    gate = Gate()
    view = show(2, gate, wait=False, steps=10_000, tolerance=0.0)
    assert gate.reached.wait(30)
    assert view.status == "busy"
    assert view._columns[0]["running"]
    view.stop()
    gate.opened.set()
    view.wait()
    (found,) = view.found
    assert not found.complete
    assert found.ended == ("stopped",)
    assert found.frames[-1].number > 0
    assert (view.status, view.error, view._columns[0]["running"]) == ("ready", "", False)
    assert view._columns[0]["numbers"][-1] == found.frames[-1].number


def test_frames_come_while_it_runs(show, browser, domain):
    gate = Gate(passes=40)
    view = show(2, gate, wait=False, steps=10_000, tolerance=0.0)
    assert gate.reached.wait(30)
    live = [message["state"]["_live"] for message in browser.sent if "_live" in message["state"]]
    numbers = [column["numbers"][-1] for frame in live for column in frame if column]
    assert numbers
    assert numbers == sorted(numbers)
    gate.opened.set()
    view.stop()
    view.wait()
    assert view._live == []


def test_a_new_run_takes_the_place_of_one_that_goes_on_and_kept_ones_stay(show, net):
    gate = Gate()
    view = show(2, {"slow": gate}, wait=False, steps=10_000, tolerance=0.0)
    assert gate.reached.wait(30)
    kept = view.keep("slow", name="early")
    gate.passes = 10**9
    view.target = "ant"
    gate.opened.set()
    view.steps = 3
    view.wait()
    assert view.kept == (kept,)
    assert view.found[0].target[0].label == "ant"
    assert view.found[0].complete
    assert view._columns[0]["labels"] == ["ant"]
    view.close()
    assert view.kept == (kept,)


def test_code_makes_every_kept_one_again(show, net, domain, pictures):
    near = domain.encode(pictures[0])
    view = show(1, {"a": L2(), "b": L2(0.5)}, near=near, eta=0.1, count=2, diversity=0.01, seed=4)
    view.keep("a")
    view.keep("b", row=1, step=3)
    view.keep(1, step=0, name="begin")
    view.sweep((0, 0.1, 1.0), "b")
    view.wait()
    view.keep_weight(1, row=1)
    assert [each.name for each in view.kept] == ["bee, a", "bee, b", "begin", "bee, b 2"]
    made = {}
    exec(view.code, {**again(view, net, domain), "near": near}, made)  # noqa: S102
    for each in view.kept:
        torch.testing.assert_close(made["kept"][each.name], each.x, rtol=0, atol=0)
    assert view.kept[1].distance == pytest.approx(float((view.kept[1].x - near).norm()), rel=1e-5)
    assert (view.kept[1].step, view.kept[2].step, view.kept[3].weight) == (3, 0, 0.1)
    assert view.kept[0].seed == 4


def test_names_of_kept_ones(show):
    view = show(1)
    first, second = view.keep(), view.keep()
    assert (first.name, second.name) == ("bee, L2", "bee, L2 2")
    with pytest.raises(InputError, match="cannot both be called 'bee, L2'"):
        view.rename("bee, L2 2", "bee, L2")
    with pytest.raises(InputError, match="not empty"):
        view.rename("bee, L2", "  ")
    view.rename("bee, L2", "a\nb")
    assert [card["name"] for card in view._cards] == ["a b", "bee, L2 2"]
    with pytest.raises(InputError, match="unknown kept prototype 'a'"):
        view.remove("a")
    view.remove("a b")
    assert view.kept == (second,)
    with pytest.raises(InputError, match="not Tensor"):
        view.kept = (torch.zeros(1),)
    assert view.kept == (second,)
    view.kept = ()
    assert view._cards == []


def test_the_sweep_is_that_of_prototype_sweep(show, net, domain):
    expert = L2(0.2)
    view = show(1, expert)
    view.sweep((0, 0.01, 1.0))
    view.wait()
    alone = lw.prototype_sweep(
        net, 1, expert, (0, 0.01, 1.0), input=domain, labels=LABELS, shape=SHAPE, steps=12
    )
    assert torch.equal(view.swept.log_density, alone.log_density)
    assert torch.equal(view.swept.score, alone.score)
    assert view.swept.complete
    sent = view._sweep
    assert sent["weights"] == [0, 0.01, 1.0]
    frames = np.frombuffer(sent["pixels"], np.uint8).reshape(sent["shape"])
    assert np.array_equal(frames[2], domain.decode(alone.prototypes[2].x))
    density = [frame[0][2] for frame in sent["facts"]]
    assert density == sorted(density)


def test_a_sweep_can_be_stopped_and_keeps_the_weights_that_were_finished(show):
    gate = Gate(passes=10**9)
    view = show(1, gate, steps=5)
    weights = [0.01 * k for k in range(1, 30)]
    gate.passes = 60
    view.sweep(weights)
    assert gate.reached.wait(30)
    gate.passes = 10**9
    view.stop()
    gate.opened.set()
    view.wait()
    assert not view.swept.complete
    assert 0 < len(view.swept) < len(weights)
    assert view._sweep["planned"] == len(weights)
    assert (view.status, view.error) == ("ready", "")


def test_a_sweep_stops_between_two_tries(show):
    gate = Gate(passes=10**9)
    view = show(1, gate, steps=50)
    gate.passes = 3
    view.sweep((0.01, 0.02))
    assert gate.reached.wait(30)
    gate.passes = 10**9
    view.stop()
    gate.opened.set()
    view.wait()
    assert view.swept is None  # the first weight was not finished
    assert (view.status, view.error) == ("ready", "")


def test_a_sweep_ends_a_run_and_keeps_its_frames(show):
    gate = Gate()
    view = show(1, gate, wait=False, steps=10_000, tolerance=0.0)
    assert gate.reached.wait(30)
    gate.passes = 400
    view.steps, before = 10_000, view.found
    view.sweep((0.1,))
    assert not view._columns[0]["running"]
    assert before == ()
    assert view.found[0].ended == ("stopped",)
    gate.opened.set()
    view.stop()
    view.wait()
    assert view._columns[0]["ended"] == ["stopped"]


def test_one_expert_that_cannot_begin_says_so_in_its_column(show):
    view = show(1, {"good": L2(), "bad": L2(torch.zeros(1, 3, 9, 9))})
    assert [bool(column["error"]) for column in view._columns] == [False, True]
    assert "9, 9" in view._columns[1]["error"]
    assert len(view.found) == 1
    with pytest.raises(InputError, match="'bad' has no prototype yet"):
        view.keep("bad")
    with pytest.raises(InputError, match="9, 9"):
        show(1, L2(torch.zeros(1, 3, 9, 9)))


def test_an_error_is_shown_and_the_last_good_ones_stay(show):
    view = show(1)
    before = view._columns
    view.target = 44
    with pytest.raises(TargetError, match="44"):
        view.wait()
    assert view.status == "error"
    assert "44" in view.error
    assert view._columns == before
    view.target = 2
    view.wait()
    assert (view.status, view.error) == ("ready", "")


def test_inputs_that_are_no_pictures():
    flat = torch.nn.Linear(5, 2)
    with pytest.raises(InputError, match=r"shape \(1, 5\) are no pictures .* lw.prototype"):
        lw.prototypes(flat, 1, shape=(5,))
    assert set(lw.prototype(flat, 1, shape=(5,), steps=2)._repr_mimebundle_()) == {"text/plain"}


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"sed": 1}, "PrototypeView: unknown option 'sed'; did you mean 'seed'"),
        ({"seed": -1}, "seed is a whole number"),
        ({"count": 0}, "count is a whole number from 1 to 100"),
        ({"diversity": float("nan")}, "diversity and eta are finite numbers"),
        ({"steps": 0}, "steps is a whole number of at least 1"),
        ({"eta": 1.0}, "give near="),
        ({"target": 1.5}, "target 1.5: give a class index"),
        ({"experts": {}}, "there is no expert"),
        ({"at": {"nobody": 1}}, "unknown column 'nobody'"),
    ],
)
def test_wrong_options_say_what_is_allowed(show, option, message):
    with pytest.raises((InputError, TargetError), match=message):
        show(**option)


def test_the_browser_asks(show, browser):
    view = show(1)
    browser.say(view, {"kind": "ask", "asked": {"target": {"path": "features.0", "channel": 2}, "steps": 4}})
    view.wait()
    assert repr(view.target) == 'lw.unit("features.0", 2)'
    assert view.found[0].frames[-1].number <= 4
    assert view._choice == {"path": "features.0", "channel": 2, "text": 'lw.unit("features.0", 2)'}
    browser.say(view, {"kind": "keep", "name": "L2", "row": 0, "number": 2})
    assert (view.kept[0].step, view.kept[0].probability) == (2, None)
    browser.say(view, {"kind": "rename", "name": view.kept[0].name, "new": "mine"})
    assert view.kept[0].name == "mine"
    browser.say(view, {"kind": "ask", "asked": {"model": 3}})
    assert "unknown option 'model'" in view.error
    browser.say(view, {"kind": "keep", "name": "L2", "row": 7, "number": None})
    assert "there is no prototype 7" in view.error
    browser.say(view, {"kind": "remove", "name": "mine"})
    assert view.kept == ()
    browser.set(view, at={"L2": 2})
    assert view.at == {"L2": 2}
    assert "step 2" in view.cards()[0].facts
    browser.set(view, step=1)
    assert view.at == {}
    assert "step 1" in view.cards()[0].facts


def test_saved_pictures(show, tmp_path):
    view = show(1, [L2(), LogDensity(lambda x: -x.abs().flatten(1).sum(1), SHAPE, "lasso")])
    assert list(view.experts) == ["L2", "lasso"]
    view.keep(1)
    bundle = view._repr_mimebundle_()
    assert {"image/png", "application/vnd.lrpwidgets.view+json", "text/plain"} < set(bundle)
    assert bundle["application/vnd.lrpwidgets.view+json"]["widget"]["model_id"] == view.model_id
    assert len(view.cards()) == 3
    one = view.save(tmp_path / "one.png").read_bytes()
    assert one.startswith(SIGNATURE)
    view.remove(view.kept[0].name)
    assert view.save(tmp_path / "two.png").read_bytes() != one
    with pytest.raises(InputError, match=r"saved as .png"):
        view.save(tmp_path / "x.svg")


def test_a_record_shows_its_picture(show, tmp_path):
    found = show(1, count=3).found[0]
    bundle = found._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/png"}
    assert found.save(tmp_path / "p.png").read_bytes().startswith(SIGNATURE)


def test_a_follower_offers_the_owners_class_and_searches_only_when_asked(
    show, explain, net, pictures, domain
):
    view = show(0, run=False)
    assert view._columns[0]["numbers"] == []
    bench = lw.explore(net, pictures, labels=LABELS, input=domain, target=3)
    view.follow(bench)
    assert view.target == 3
    assert view.found == ()
    view.run()
    view.wait()
    assert view.found[0].target[0].label == "dog"


def test_layers_to_choose_from():
    assert lw.prototypes(lw.zoo.digits(), run=False)._layers == [
        *(f"features.{k}" for k in range(8)),
        *(f"classifier.{k}" for k in range(3)),
    ]


def test_the_model_is_left_alone(show, net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    show(1)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
