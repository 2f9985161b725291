"""The translation trick and sliding windows in the workbench: what is averaged, kept, stopped, and said."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.measure import translations
from tests.widgets.conftest import LABELS, SmallNet


@pytest.fixture
def workbench(net, pictures, domain):
    return lw.explore(net, pictures, labels=LABELS, input=domain)


@pytest.fixture
def runs(net):
    """How often the model ran, on how many inputs each time."""
    sizes = []
    net.register_forward_hook(lambda module, args, output: sizes.append(len(output)))
    return sizes


def again(workbench, net, inputs, domain=None):
    """What the view's own code explains."""
    names = {"model": net, "inputs": inputs, "labels": LABELS, "input": domain}
    lines = workbench.code.splitlines()
    exec("\n".join(lines[:-1]), names)  # noqa: S102
    return eval(lines[-1], names).explanation  # noqa: S307


def shifted(x, down, right):
    """x[i - down, j - right] with the nearest pixel at the border."""
    rows = np.clip(np.arange(x.shape[2]) - down, 0, x.shape[2] - 1)
    columns = np.clip(np.arange(x.shape[3]) - right, 0, x.shape[3] - 1)
    return x[:, :, rows][:, :, :, columns]


def by_hand(net, x, target, reach, step):
    """The mean over shifts, one after another, in float64; and the mean of f."""
    net = copy.deepcopy(net).double()
    ends = [end for end in range(-reach, reach + 1) if end % step == 0]
    total, scores = torch.zeros_like(x, dtype=torch.float64), []
    for down in ends:
        for right in ends:
            found = lw.explain(net, shifted(x, down, right).double(), target=target, input_range=(-2, 2))
            scores.append(float(found.score))
            for i in range(x.shape[2]):
                for j in range(x.shape[3]):
                    if 0 <= i + down < x.shape[2] and 0 <= j + right < x.shape[3]:
                        total[:, :, i, j] += found.relevance[:, :, i + down, j + right]
    return total / len(ends) ** 2, float(np.mean(scores)), len(ends) ** 2


@pytest.mark.parametrize(("reach", "step"), [(1, 1), (3, 2), (2, 2)])
def test_the_map_is_the_mean_over_all_shifts_within_the_range(net, pictures, domain, reach, step):
    x = domain.encode(pictures[:1])
    workbench = lw.explore(net, x, LABELS, input_range=(-2, 2), shifts={"range": reach, "step": step})
    answer = workbench.explanation
    target = int(net(x).argmax())
    assert answer.target[0].index == target  # the class of the input, not that of the mean
    torch.testing.assert_close(
        workbench.explanation.relevance, again(workbench, net, x).relevance, rtol=0, atol=0
    )
    relevance, score, count = by_hand(net, x, target, reach, step)
    torch.testing.assert_close(answer.relevance.double(), relevance, rtol=1e-4, atol=1e-6)
    assert float(answer.score) == pytest.approx(score, rel=1e-5)
    assert f"(mean over {count} shifts)" in workbench._controls._sums.value
    assert f"(mean over {count} shifts)" in workbench.view._caption["sums"]
    border = float(answer.score - answer.total)  # deep Taylor conserves: the rest fell on the border
    said = float(workbench.view._caption["note"].split("the border took ")[1].split()[0])
    assert said == pytest.approx(border, rel=0.01)


def test_before_and_after_cost_no_model_run(workbench, net, runs, pictures, domain):
    before = workbench.explanation
    workbench.toggle_shifts()
    workbench.wait()
    after = workbench.explanation
    assert workbench.shifts == {"range": 1, "step": 1}
    assert max(runs) == 9  # small inputs go at once
    runs.clear()
    for expected in (before, after, before, after):
        workbench.toggle_shifts()
        workbench.wait()
        assert workbench.explanation is expected
    assert runs == []
    workbench.target = "dog" if after.target[0].label != "dog" else "cat"
    workbench.wait()
    assert runs != []
    runs.clear()
    workbench.target = "top"
    workbench.wait()
    assert workbench.explanation is after
    assert runs == []


@pytest.mark.parametrize("change", ["step", "data", "buffer", "replaced"])
def test_a_changed_model_drops_what_was_kept(pictures, domain, change):
    torch.manual_seed(1)
    net = SmallNet(norm=True).eval()
    workbench = lw.explore(net, pictures, LABELS, domain, shifts={"range": 1})
    before = workbench.explanation
    with torch.no_grad():
        if change == "step":
            net.classifier.weight.mul_(1.5)
        elif change == "data":
            net.classifier.bias.data[0] += 1
        elif change == "buffer":
            net.features[1].running_mean.add_(0.5)
        else:
            net.classifier = torch.nn.Linear(8 * 5 * 5, 4)
    workbench.toggle_shifts()
    workbench.wait()
    workbench.toggle_shifts()
    workbench.wait()
    assert not torch.equal(workbench.explanation.output, before.output)
    torch.testing.assert_close(
        workbench.explanation.relevance, again(workbench, net, pictures, domain).relevance
    )


def test_to_ask_again_runs_the_model(workbench, runs):
    workbench.ask(shifts={"range": 1})
    workbench.wait()
    runs.clear()
    workbench.ask()
    workbench.wait()
    assert runs != []


def test_stopping_keeps_the_mean_so_far_and_the_code_makes_it(workbench, net, pictures, domain, monkeypatch):
    from lrpwidgets.widgets import averages

    monkeypatch.setattr(averages, "MOST", 2)
    progress = []

    def follow(change):
        progress.append(change["new"])
        if change["new"] is not None and change["new"] > 0.4:
            workbench.stop()

    workbench.observe(follow, "progress")
    workbench.shifts = {"range": 1, "step": 1}
    workbench.wait()
    assert progress == [*(pytest.approx(done / 9) for done in (0, 2, 4)), None]
    assert (workbench.status, workbench.error) == ("ready", "")
    assert (
        len(workbench.explanation.settings["shifts"]) == 6
    )  # the step at which it was stopped was under way
    assert "(mean over 6 shifts)" in workbench.view._caption["sums"]
    assert "stopped after 6 of 9" in workbench.view._caption["note"]
    assert torch.equal(workbench.explanation.relevance, again(workbench, net, pictures, domain).relevance)
    workbench.unobserve(follow, "progress")
    workbench.ask()
    workbench.wait()
    assert len(workbench.explanation.settings["shifts"]) == 9


def test_a_step_of_training_meanwhile_is_said_and_not_kept(workbench, net, monkeypatch):
    from lrpwidgets.widgets import averages

    monkeypatch.setattr(averages, "MOST", 4)

    def train(change):
        if change["new"] is not None and change["new"] > 0.4:
            with torch.no_grad():
                net.classifier.weight.mul_(1.01)

    workbench.observe(train, "progress")
    workbench.toggle_shifts()
    workbench.wait()
    assert "this mixes steps of training" in workbench.view._caption["note"]
    assert workbench._answers._averaged == []


def test_what_shifts_may_be(workbench, browser):
    for wrong, message in (
        (1, "0 .off. or"),
        (True, "0 .off. or"),
        ([1, 1], "0 .off. or"),
        ({"rang": 1}, "0 .off. or"),
        ({"range": 1, "stp": 1}, "did you mean 'step'"),
        ({"range": 0}, "range of shifts must be a whole number of at least 1"),
        ({"range": 1.5}, "range of shifts must be a whole number"),
        ({"range": 2, "step": 3}, "only the input itself is left"),
        ({"range": 1000}, "more than 1089"),
    ):
        with pytest.raises(InputError, match=message):
            workbench.shifts = wrong
    workbench.shifts = {"range": 12}  # the picture has 12 pixels
    with pytest.raises(InputError, match="leaves nothing of images of 12 x 12"):
        workbench.wait()
    assert workbench.status == "error"


def test_controls_toggle_and_choose(workbench, browser):
    form = workbench._controls._shifts
    browser.set(form._range, value=2)  # for when they are on
    assert workbench.shifts == 0
    browser.set(form._switch, index=1)
    workbench.wait()
    assert workbench.shifts == {"range": 2, "step": 1}
    assert len(workbench.explanation.settings["shifts"]) == 25
    browser.set(form._step, value=2)
    workbench.wait()
    assert len(workbench.explanation.settings["shifts"]) == 9
    browser.set(form._step, value=5)
    assert "only the input itself is left" in workbench.error
    assert form._step.value == 2
    workbench.shifts = 0
    workbench.wait()
    assert (form._switch.value, form._range.value) == ("off", 2)


def test_key_t_in_the_heat_map_is_a_trait_on_the_wire(workbench, browser, explain):
    assert workbench.view._shifted is False
    browser.set(workbench.view, _shifted=True)
    workbench.wait()
    assert workbench.shifts == {"range": 1, "step": 1}
    browser.set(workbench.view, _shifted=False)
    workbench.wait()
    assert workbench.shifts == 0
    workbench.shifts = {"range": 2}
    assert workbench.view._shifted is True
    assert lw.view(explain(0))._shifted is None


def test_methods_that_do_not_decompose_say_so_over_shifts(workbench):
    workbench.ask(method="sensitivity", shifts={"range": 1})
    workbench.wait()
    for text in (workbench.view._caption["sums"], workbench._controls._sums.value, repr(workbench.view)):
        assert "sensitivity does not decompose f" in text
        assert " of f " not in text


# -- windows ----------------------------------------------------------------------------------------


@pytest.fixture
def large():
    return torch.randn(2, 3, 20, 28, generator=torch.Generator().manual_seed(4))


def test_windows_sum_to_what_the_net_says_in_all_of_them(net, large):
    workbench = lw.explore(net, large, LABELS, window=12, stride=(8, 4))
    answer = workbench.explanation
    cuts = [large[:1, :, i : i + 12, j : j + 12] for i in (0, 8) for j in (0, 4, 8, 12, 16)]
    outputs = torch.cat([net(cut) for cut in cuts]).sum(0)
    torch.testing.assert_close(answer.output[0], outputs.detach(), rtol=1e-4, atol=1e-5)
    assert answer.target[0].index == int(outputs.argmax())
    assert answer.target[0].label == LABELS[int(outputs.argmax())]
    assert float(answer.total) == pytest.approx(float(outputs.detach().max()), rel=1e-4)
    assert torch.equal(answer.relevance, again(workbench, net, large).relevance)
    assert (workbench.view._caption["window"], workbench.view._caption["stride"]) == ([12, 12], [8, 4])
    assert "(sum over windows of 12 x 12)" in workbench.view._caption["sums"]
    workbench.ask(target="bee", minus="top", index=1)
    workbench.wait()
    assert (workbench.explanation.target[0].label, workbench.explanation.target[0].index) == ("bee", 1)
    assert workbench.explanation.minus[0].index is not None
    assert torch.equal(workbench.explanation.relevance, again(workbench, net, large).relevance)


def test_the_top_class_of_all_windows_is_that_of_the_model_as_it_is(net, large):
    workbench = lw.explore(net, large, LABELS, window=12, stride=8)
    before = workbench.explanation.target[0].index
    with torch.no_grad():
        net.classifier.weight.neg_()
        net.classifier.bias.neg_()
    workbench.ask()
    workbench.wait()
    after = workbench.explanation
    assert after.target[0].index == int(after.output.argmax()) != before


def test_windows_can_be_stopped(net, large, monkeypatch):
    from lrpwidgets.widgets import averages

    monkeypatch.setattr(averages, "MOST", 2)
    workbench = lw.explore(net, large, LABELS, window=12, stride=8)
    assert workbench.explanation.settings["stride"] == [8, 8]
    workbench.observe(lambda change: change["new"] and change["new"] > 0.2 and workbench.stop(), "progress")
    workbench.target = "cat"
    workbench.wait()
    assert "stopped after 4 of 6" in workbench.view._caption["note"]
    assert (workbench.explanation.relevance[..., :12, :12] != 0).any()
    assert torch.equal(workbench.explanation.relevance, again(workbench, net, large).relevance)


def test_windows_are_asked_for_in_time(net, large):
    with pytest.raises(InputError, match=r"say window=\(height, width\)"):
        lw.explore(net, large)
    with pytest.raises(InputError, match=r"say window=.*too"):
        lw.explore(net, large, stride=4)
    with pytest.raises(InputError, match="window must be a whole number"):
        lw.explore(net, large, window=1.5)
    with pytest.raises(InputError, match="a window of 21 x 21 is larger than the images of 20 x 28"):
        lw.explore(net, large, window=21)
    with pytest.raises(InputError, match="do not go together"):
        lw.explore(net, large, window=12, shifts={"range": 1})
    workbench = lw.explore(net, large, window=12)
    assert workbench._controls._shifts.layout.display == "none"
    assert workbench.view._shifted is None
    with pytest.raises(InputError, match="do not go together"):
        workbench.toggle_shifts()


def test_the_mean_is_the_measures_own(workbench, net, pictures, domain, monkeypatch):
    """The view averages nothing itself."""
    workbench.toggle_shifts()
    workbench.wait()
    expected = translations.translation_average(
        net, pictures[0], lw.measure.shift_grid(3), input=domain, labels=LABELS, rules="deep-taylor"
    )
    assert torch.equal(workbench.explanation.relevance, expected.explanation.relevance)
