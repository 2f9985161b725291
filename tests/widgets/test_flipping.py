"""The flipping player's Python side: what it shows is what `flip` measures, as soon as it is known, and it stays."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from PIL import Image

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError
from lrpwidgets.measure import flip, flip_steps
from lrpwidgets.widgets import flip_recording

from .conftest import LABELS, SmallNet

ASKED = {"patch": 4, "labels": LABELS}


@pytest.fixture
def x(pictures, domain):
    return domain.encode(pictures[0])


def flipped(net, x, domain, *methods, **options):
    view = lw.flipping(net, x, list(methods) or ["lrp", "random"], input=domain, **{**ASKED, **options})
    view.wait()
    return view


def film(view):
    return view._shown_film


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("score", ["logit", "probability"])
def test_its_curves_are_those_of_flip(net, x, domain, recompute, score):
    view = flipped(net, x, domain, "lrp", "sensitivity", "random", recompute=recompute, score=score)
    expected = flip(
        net, x, ["lrp", "sensitivity", "random"], input=domain, recompute=recompute, score=score, **ASKED
    )
    assert view.flips.complete
    assert view.steps == 9
    for method, curve in expected.curves.items():
        np.testing.assert_array_equal(view.flips[method].scores, curve.scores)
        np.testing.assert_array_equal(view.flips[method].order, curve.order)
        track = film(view).track(method, "neutral")
        assert track.auc(score) == pytest.approx(curve.auc[0], rel=1e-12)


@pytest.mark.parametrize("removal", ["neutral", "mean", "blur", "noise", 0.25])
@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_every_frame_is_the_input_that_the_model_saw(net, x, removal, order):
    domain = lw.image(mean=0.5, std=0.25, order=order)
    view = flipped(net, x, domain, "lrp", removal=removal)
    shown, track = film(view), film(view).track("lrp", str(removal))
    for step in flip_steps(net, x, "lrp", input=domain, removal=removal, **ASKED):
        np.testing.assert_array_equal(shown.seen(track, step.number), domain.decode(step.input)[0])
        assert track.top[step.number] == int(net(step.input)[0].argmax())


def test_single_channels_are_removed_one_by_one(net, x):
    domain = lw.image(mean=0.5, std=0.25, order="BGR")
    each = torch.arange(x[0].numel()).reshape(1, *x.shape[1:])
    view = flipped(net, x, domain, "lrp", patch=None, regions=each, per_step=20)
    shown, track = film(view), film(view).tracks[0]
    assert track.rank.shape == (3, 12, 12)
    for step in flip_steps(net, x, "lrp", input=domain, regions=each, per_step=20):
        np.testing.assert_array_equal(shown.seen(track, step.number), domain.decode(step.input)[0])


def test_a_function_that_fills_is_shown_as_it_filled(net, x, domain):
    def fading(x, removed):
        return torch.where(removed, x * removed.double().mean().float(), x)

    view = flipped(net, x, domain, "lrp", removal=fading)
    assert view.removal == "fading"
    track = film(view).tracks[0]
    for step in flip_steps(net, x, "lrp", input=domain, removal=fading, **ASKED):
        np.testing.assert_array_equal(film(view).seen(track, step.number), domain.decode(step.input)[0])


def test_inpainted_holes_are_shown_as_they_were_filled(net, x, domain):
    pytest.importorskip("skimage")
    view = flipped(net, x, domain, "lrp", removal="inpaint")
    track = film(view).tracks[0]
    for step in flip_steps(net, x, "lrp", input=domain, removal="inpaint", **ASKED):
        np.testing.assert_array_equal(film(view).seen(track, step.number), domain.decode(step.input)[0])


def test_a_hidden_unit_is_followed_by_its_activation(net, x, domain):
    unit = lw.unit("features.0", 3)
    view = flipped(net, x, domain, "lrp", target=unit)
    expected = flip(net, x, "lrp", input=domain, target=unit, **ASKED)["lrp"]
    np.testing.assert_array_equal(view.flips["lrp"].scores, expected.scores)
    assert view.score == "score"
    assert view._words["target"] == unit.code


def test_tokens_are_flipped_too():
    class Words(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.out = torch.nn.Embedding(9, 4), torch.nn.Linear(4, 3)

        def forward(self, ids):
            return self.out(torch.relu(self.embedding(ids)).sum(1))

    torch.manual_seed(0)
    model, ids = Words().eval(), torch.tensor([[3, 1, 4, 1, 5]])
    view = lw.flipping(model, ids, ["lrp"], removal=["embedding-zero", 0])
    view.wait()
    expected = flip(model, ids, ["lrp"], removal="embedding-zero")["lrp"]
    np.testing.assert_array_equal(view.flips["lrp"].scores, expected.scores)
    assert view.removals == ("embedding-zero", "0")
    assert view._shape == [1, 5]


def test_relevance_is_of_the_whole_input_or_of_what_is_left(net, x, domain):
    for recompute in (False, True):
        view = flipped(net, x, domain, "lrp", recompute=recompute)
        track = film(view).tracks[0]
        for step in flip_steps(net, x, "lrp", input=domain, recompute=recompute, **ASKED):
            if not step.number:
                continue
            values, after = film(view).map_of(track, step.number - 1)
            expected = step.relevance[0].double().sum(0).numpy()
            assert np.abs(values - expected).max() <= 0.51 * np.abs(expected).max() / 32767
            assert after == (step.number - 1 if recompute else 0)


def test_what_does_not_fit_is_dropped_and_said(net, x, domain, monkeypatch):
    monkeypatch.setattr(flip_recording, "BUDGET", 2 * 12 * 12 * 3)
    view = flipped(net, x, domain, "lrp", recompute=True)
    track = film(view).tracks[0]
    assert track.map_steps.tolist() == [0, 4, 8]
    assert film(view).map_of(track, 3)[1] == 0
    assert "every 4th step" in view._words["notes"][0]
    assert track.steps == 9, "steps themselves are all kept"


def test_the_first_frame_is_there_before_the_run_and_stopping_keeps_what_there_is(net, x, domain):
    reached, go = threading.Event(), threading.Event()
    calls = []

    def score(output, target):
        calls.append(len(output))
        if len(calls) == 4:  # the start, and three steps
            reached.set()
            assert go.wait(20)
        return output[torch.arange(len(output)), target]

    view = lw.flipping(net, x, ["lrp"], input=domain, score=score, chunk=1, **ASKED)
    assert reached.wait(20)
    assert view.status == "busy"
    assert view._picture == domain.decode(x)[0].tobytes()
    assert 1 <= film(view).tracks[0].steps < 4, "steps are shown while others are on their way"
    view.stop()
    go.set()
    view.wait()
    assert (view.status, view.error) == ("ready", "")
    track = film(view).tracks[0]
    assert 1 <= track.steps <= 3
    assert not view.flips.complete
    expected = flip(net, x, ["lrp"], input=domain, steps=track.steps, chunk=1, **ASKED)["lrp"]
    np.testing.assert_array_equal(track.scores["score"], expected.scores[0])
    assert view.score == "score"
    view.removal = "noise"
    view.wait()
    assert [each.steps for each in film(view).tracks] == [track.steps, 9], "what was stopped stays stopped"
    view.ask()
    view.wait()
    assert view.flips.complete


def test_an_error_of_the_model_is_shown_and_leaves_what_there_is(net, x, domain):
    def relevance(now, target):
        if (now == 0).float().mean() > 0.3:
            raise RuntimeError("too dark to see")
        return torch.ones_like(now)

    view = lw.flipping(net, torch.ones_like(x), {"mine": relevance}, removal=0.0, recompute=True, patch=4)
    with pytest.raises(RuntimeError, match="too dark"):
        view.wait()
    assert view.status == "error"
    assert "too dark" in view.error
    assert film(view).tracks[0].steps == 3, "a third of the nine patches is black by then"
    view.step = 2
    assert view._repr_mimebundle_()["image/png"]


def test_another_removal_is_flipped_when_it_is_asked_for_and_the_first_one_stays(net, x, domain, browser):
    view = flipped(net, x, domain, "lrp", removal=["neutral", "blur"])
    before = film(view).track("lrp", "neutral").scores["logit"]
    browser.set(view, removal="noise")
    view.wait()
    assert view.removals == ("neutral", "blur", "noise")
    assert film(view).track("lrp", "neutral").scores["logit"] is not None
    np.testing.assert_array_equal(film(view).track("lrp", "neutral").scores["logit"], before)
    np.testing.assert_array_equal(
        view.flips["lrp"].scores, flip(net, x, "lrp", input=domain, removal="noise", **ASKED)["lrp"].scores
    )
    view.removal = "blur"
    view.wait()
    assert len(film(view).tracks) == 3


def test_recompute_flips_anew(net, x, domain, browser):
    view = flipped(net, x, domain, "lrp")
    browser.set(view, recompute=True)
    view.wait()
    expected = flip(net, x, "lrp", input=domain, recompute=True, **ASKED)["lrp"].scores
    np.testing.assert_array_equal(view.flips["lrp"].scores, expected)
    assert view._words["recomputed"]


def test_looking_sends_and_asks_nothing(net, x, domain, browser, monkeypatch):
    view = flipped(net, x, domain, "lrp", "random")
    monkeypatch.setattr(flip_recording.Recording, "advance", lambda *_: pytest.fail("the model was asked"))
    sent = len(browser.sent)
    for step in (3, 9, 0):
        browser.set(view, step=step)
        assert view.step == step
    browser.set(view, method="random", score="probability", speed=20)
    view.wait()
    assert not any("_tracks" in names or "_maps" in names for names in browser.names(view)[sent:])


def test_it_follows_an_explanation(net, x, domain, explain):
    heat = lw.view(explain(0))
    view = flipped(net, x, domain, "lrp")
    view.follow(heat)
    heat.explanation = explain(1, target=2)
    view.wait()
    expected = flip(net, heat.explanation.input, "lrp", input=domain, target=2, **ASKED)["lrp"]
    np.testing.assert_array_equal(view.flips["lrp"].scores, expected.scores)
    assert view._words["target"] == "cat"
    heat.explanation = explain(1, target=2, minus=0)
    view.wait()
    expected = flip(net, heat.explanation.input, "lrp", input=domain, target=2, minus=0, **ASKED)["lrp"]
    np.testing.assert_array_equal(view.flips["lrp"].scores, expected.scores)
    np.testing.assert_array_equal(view.flips["lrp"].order, expected.order)
    assert view._words["target"].startswith("cat - ")
    assert "target=2, minus=0" in view.code
    heat.close()


def test_ask_keeps_what_was_chosen_where_it_still_exists(net, x, domain):
    view = flipped(net, x, domain, "lrp", "random")
    view.step, view.method = 9, "random"
    view.ask(patch=6)
    view.wait()
    assert (view.steps, view.step, view.method) == (4, 4, "random")
    view.ask(methods=["sensitivity"], target=1)
    view.wait()
    assert view.method == "sensitivity"
    assert view._words["target"] == "bee"


def test_its_code_makes_it_again(net, x, domain):
    view = flipped(net, x, domain, "lrp", "random", removal=["neutral", "noise"], order="least")
    view.removal, view.step, view.score = "noise", 4, "probability"
    code = view.code.replace("import lrpwidgets as lw\n\n", "")
    assert "removal=['noise', 'neutral']" in code
    again = eval(code, {"lw": lw, "model": net, "x": x})  # noqa: S307 - what the view wrote itself
    again.wait()
    assert (again.step, again.removal, again.score) == (4, "noise", "probability")
    np.testing.assert_array_equal(again.flips["lrp"].scores, view.flips["lrp"].scores)


def test_a_saved_notebook_has_its_picture_and_finds_the_live_view(net, x, domain):
    view = lw.flipping(net, x, input=domain, **ASKED)
    bundle = view._repr_mimebundle_()
    assert bundle["image/png"].startswith("iVBOR")
    assert bundle["application/vnd.lrpwidgets.view+json"]["widget"]["model_id"] == view.model_id
    assert "9 of 9 steps" in bundle["text/plain"], "a short run is waited for"


def test_files(net, x, domain, tmp_path):
    view = flipped(net, x, domain, "lrp")
    view.step = 3
    with Image.open(view.save(tmp_path / "a.apng", speed=8)) as moving:
        assert moving.n_frames == 10
    assert view.save(tmp_path / "a.png").stat().st_size > 1000
    page = view.save(tmp_path / "a.html").read_text("utf-8")
    assert '"step":3' in page


@pytest.mark.parametrize(
    "shape", [(1, 6), (1, 2, 4, 4), (1, 12, 4, 4), (1, 5, 7), (1, 3, 1, 1), (1, 1, 1, 9)]
)
def test_inputs_of_any_shape_have_a_sensible_picture(shape):
    torch.manual_seed(0)
    size = int(np.prod(shape))
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(size, 3)).eval()
    x = torch.rand(shape)
    patch = {"patch": 1} if len(shape) == 4 else {}
    view = lw.flipping(model, x, ["lrp"], **patch)
    view.wait()
    track = film(view).tracks[0]
    assert film(view).gone(track, view.steps).any()
    assert film(view).seen(track, 0).shape[:2] == tuple(view._shape)
    assert view.save.__self__ is view
    assert view._repr_mimebundle_()["image/png"]


def test_a_huge_input_is_flipped_in_full_and_shown_smaller(monkeypatch):
    monkeypatch.setattr("lrpwidgets.widgets.flip_canvas.LONGEST", 16)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 40, 3)).eval()
    x = torch.rand(1, 3, 32, 40)
    view = lw.flipping(model, x, ["gradient-x-input"], patch=8, removal="mean")
    view.wait()
    assert view._shape == [13, 16]
    assert "shown at 16 x 13 of 40 x 32 px" in view._words["notes"][0]
    expected = flip(model, x, ["gradient-x-input"], patch=8, removal="mean")["gradient-x-input"]
    np.testing.assert_array_equal(view.flips["gradient-x-input"].scores, expected.scores)
    values, _ = film(view).map_of(film(view).tracks[0], 0)
    step = next(s for s in flip_steps(model, x, "gradient-x-input", patch=8, removal="mean") if s.number)
    assert values.sum() == pytest.approx(float(step.relevance.sum()), abs=1e-2)


def test_a_score_that_is_not_a_number_is_left_out_not_hidden():
    class Breaking(torch.nn.Module):
        def forward(self, x):
            total = x.flatten(1).sum(1, keepdim=True)
            return torch.where(total < 8, torch.nan, total) * torch.tensor([1.0, 0.5])

    view = lw.flipping(Breaking(), torch.ones(1, 1, 4, 4), ["random"], patch=2)
    view.wait()
    scores = film(view).tracks[0].scores["logit"]
    assert np.isfinite(scores).tolist() == [True, True, True, False, False]
    assert film(view).tracks[0].top.tolist() == [0, 0, 0, -1, -1]
    assert view._repr_mimebundle_()["image/png"]


def test_bad_questions_are_refused_in_the_cell(net, x, domain):
    with pytest.raises(InputError, match="not a batch of 2"):
        lw.flipping(net, torch.cat([x, x]), input=domain)
    with pytest.raises(InputError, match="patch_size"):
        lw.flipping(net, x, patch_size=3)
    with pytest.raises(MethodError, match="lpr"):
        lw.flipping(net, x, ["lpr"])
    with pytest.raises(InputError, match="neutral"):
        lw.flipping(net, x, removal="neutrl")
    with pytest.raises(InputError, match="logits"):
        lw.flipping(net, x, score="logits")
    with pytest.raises(InputError, match="that of a class"):
        lw.flipping(net, x, score="probability", target=lambda output: output[:, 0])
    with pytest.raises(InputError, match="given twice"):
        lw.flipping(net, x, removal=["blur", "blur"])
    with pytest.raises(InputError, match="steps 0 to 9"):
        lw.flipping(net, x, step=10, **ASKED)
    wide = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(66_000, 2))
    with pytest.raises(InputError, match="66000 steps"):
        lw.flipping(wide, torch.rand(1, 66_000), ["random"])
    view = flipped(net, x, domain, "lrp")
    for name, value in {
        "step": 10, "method": "random", "removal": "x", "score": "x", "speed": 0, "cmap": "jet",
    }.items():  # fmt: skip
        before = getattr(view, name)
        with pytest.raises(InputError):
            setattr(view, name, value)
        assert getattr(view, name) == before


def test_the_users_model_is_left_as_it_is(pictures, domain):
    torch.manual_seed(3)
    net = SmallNet(norm=True).train()
    state = {name: value.clone() for name, value in net.state_dict().items()}
    view = lw.flipping(
        net, domain.encode(pictures[0]), ["lrp", "random"], input=domain, recompute=True, **ASKED
    )
    view.wait()
    assert net.training
    for name, value in net.state_dict().items():
        assert torch.equal(value, state[name]), name
