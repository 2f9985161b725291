"""Pixel-flipping against loops that follow the definition, and what every run must keep."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.measure import flip, flip_steps


@pytest.fixture(scope="module")
def net():
    return lw.zoo.digits().double()


@pytest.fixture(scope="module")
def x(net):
    return net.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[:6])).double()


class Counting(nn.Module):
    """Notes how many inputs each forward takes."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.lrpwidgets_card = inner, inner.lrpwidgets_card
        self.register_forward_pre_hook(lambda module, args: FORWARDS.append(len(args[0])))

    def forward(self, x):
        return self.inner(x)


FORWARDS: list[int] = []


def blocks(relevance, side):
    """Sums over side x side blocks of one image (channel, height, width), row by row."""
    _, height, width = relevance.shape
    return [
        relevance[:, r : r + side, c : c + side].sum().item()
        for r in range(0, height, side)
        for c in range(0, width, side)
    ]


def black(image, region, side):
    columns = -(-image.shape[2] // side)
    r, c = divmod(region, columns)
    image[:, r * side : (r + 1) * side, c * side : (c + 1) * side] = 0


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("order", ["most", "least"])
def test_it_is_the_definition_step_by_step(net, x, recompute, order):
    """Explain, take the highest (lowest) block that is left, blacken it, score; one digit at a time."""
    found = flip(net, x[:3], "lrp", patch=7, recompute=recompute, order=order)["lrp"]
    sign = 1 if order == "most" else -1
    for sample in range(3):
        now, left, target = x[sample].clone(), list(range(16)), int(net(x[sample : sample + 1]).argmax())
        scores, picked = [net(now[None])[0, target].item()], []
        sums = blocks(lw.explain(net, now[None], target=target).relevance[0], 7)
        while left:
            if recompute:
                sums = blocks(lw.explain(net, now[None], target=target).relevance[0], 7)
            picked.append(max(left, key=lambda region: sign * sums[region]))
            left.remove(picked[-1])
            black(now, picked[-1], 7)
            scores.append(net(now[None])[0, target].item())
        assert found.order[sample].tolist() == picked
        np.testing.assert_allclose(found.scores[sample], scores, rtol=1e-9, atol=1e-9)
        area = sum((a + b) / 2 for a, b in pairwise(scores)) / 16
        assert found.auc[sample] == pytest.approx(area, rel=1e-9)
        assert found.area_over[sample] == pytest.approx(sum(scores[0] - f for f in scores) / 17, rel=1e-9)


@pytest.mark.parametrize("score", ["logit", "probability"])
def test_a_second_class_is_subtracted_from_map_and_score(net, x, score):
    targets = [3, 5, 3]
    found = flip(net, x[:3], "lrp", patch=7, target=targets, minus=8, score=score)["lrp"]
    for sample in range(3):
        ex = lw.explain(net, x[sample : sample + 1], target=targets[sample], minus=8)
        sums = blocks(ex.relevance[0], 7)
        assert found.order[sample].tolist() == sorted(range(16), key=lambda region: -sums[region])
        now, scores = x[sample].clone(), []
        for region in [None, *found.order[sample].tolist()]:
            if region is not None:
                black(now, region, 7)
            output = net(now[None])[0].softmax(0) if score == "probability" else net(now[None])[0]
            scores.append((output[targets[sample]] - output[8]).item())
        np.testing.assert_allclose(found.scores[sample], scores, rtol=1e-9, atol=1e-12)


def test_what_a_second_class_cannot_be_subtracted_from_is_said(net, x):
    for settings in ({"target": lambda out: out[:, 0]}, {"minus": lambda out: out[:, 0]}):
        with pytest.raises(InputError, match="give both as classes"):
            flip(net, x[:1], "random", patch=7, **{"minus": 1, **settings})
    with pytest.raises(InputError, match="by name"):
        flip(net, x[:1], "random", patch=7, minus=1, score=lambda out, target: out[:, 0])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patch": (5, 3)},
        {"patch": 9, "anywhere": True},
        {"patch": 4, "recompute": True, "per_step": 3},
        {"patch": 9, "anywhere": True, "recompute": True},
    ],
    ids=str,
)
def test_nothing_is_picked_twice(net, x, settings):
    flips = flip(net, x[:2], ["lrp", "random"], **settings)
    for method in flips:
        for row in flips[method].order.tolist():
            picked = [region for region in row if region >= 0]
            assert len(picked) == len(set(picked)) > 1
            if not settings.get("anywhere"):
                *_, last = flip_steps(net, x[:2], method, **settings)
                assert last.removed.expand(2, 1, 28, 28).all()


def test_patches_anywhere_never_overlap(net, x):
    for row in flip(net, x[:3], "lrp", patch=6, anywhere=True)["lrp"].order.tolist():
        corners = [divmod(region, 28) for region in row if region >= 0]
        assert len(corners) > 4
        for i, (r, c) in enumerate(corners):
            assert all(max(abs(r - other), abs(c - next_)) >= 6 for other, next_ in corners[:i])


def test_a_batch_is_a_loop(net, x):
    methods = ["lrp", "sensitivity"]
    whole = flip(net, x[:4], methods, patch=7, recompute=True, removal="blur")
    for sample in range(4):
        alone = flip(net, x[sample : sample + 1], methods, patch=7, recompute=True, removal="blur")
        for method in methods:
            np.testing.assert_allclose(
                whole[method].scores[sample], alone[method].scores[0], rtol=1e-9, atol=1e-9
            )
            np.testing.assert_array_equal(whole[method].order[sample], alone[method].order[0])


@pytest.mark.parametrize("chunk", [1, 3, 7, 1000])
@pytest.mark.parametrize("recompute", [False, True])
def test_chunks_change_nothing_and_bound_the_forward(net, x, chunk, recompute):
    FORWARDS.clear()
    found = flip(Counting(net), x[:4], {"map": "lrp"}, patch=7, chunk=chunk, recompute=recompute, target=3)
    assert max(FORWARDS) <= chunk
    other = flip(net, x[:4], {"map": "lrp"}, patch=7, recompute=recompute, target=3)
    np.testing.assert_allclose(found["map"].scores, other["map"].scores, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("recompute", "explanations"), [(False, 1), (True, 16)])
def test_it_costs_the_forwards_it_needs_and_the_explanations(net, x, recompute, explanations):
    FORWARDS.clear()
    flip(Counting(net), x[:4], ["lrp", "random"], patch=7, recompute=recompute)
    start, scored = 4, 2 * 16 * 4  # two methods, 16 steps, 4 digits
    assert sum(FORWARDS) == start + scored + 4 * explanations


def test_a_random_order_asks_for_no_explanation(net, x, monkeypatch):
    monkeypatch.setattr("lrpwidgets.measure.rankers.explain", None)
    one, again, other = (
        flip(net, x, "random", patch=7, seed=seed, recompute=True)["random"] for seed in (0, 0, 1)
    )
    assert (one.order == again.order).all()
    assert (one.scores == again.scores).all()
    assert (one.order != other.order).any()
    assert len({tuple(row) for row in one.order.tolist()}) == len(x)


def test_regions_are_what_a_label_map_says_and_negative_ones_stay(net, x):
    labels = torch.full((2, 1, 28, 28), -1)
    labels[0, 0, :14], labels[0, 0, 14:20] = 70, 5  # two regions, the last rows in none
    labels[1, 0, :, :9] = 5
    *steps, last = flip_steps(net, x[:2], "lrp", regions=labels)
    assert [step.number for step in steps] == [0, 1]
    assert (last.removed == (labels >= 0)).all()
    assert (last.input == x[:2] * (labels < 0)).all()
    assert last.picked.tolist()[1] == [-1]  # the second has one region
    assert sorted(torch.cat([step.picked for step in (steps[1], last)], 1)[0].tolist()) == [0, 1]


def test_channels_can_be_regions():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2, bias=False)).double()
    x = torch.arange(1.0, 13.0).double().reshape(1, 3, 2, 2)
    flips = flip(
        model, x, {"given": torch.tensor([2, 0, 1])}, regions=torch.arange(3)[:, None, None], target=1
    )
    masks = torch.tensor([[1, 1, 1], [1, 1, 0], [0, 1, 0], [0, 0, 0]]).double()[..., None, None]
    np.testing.assert_allclose(flips["given"].scores[0], model(x * masks)[:, 1].detach(), rtol=1e-12)


def test_words_are_flipped_to_a_token():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3)).double()
    tokens = torch.tensor([[1, 2, 3, 4, 5]])
    found = flip(model, tokens, "gradient-x-input", removal=0, target=2)["gradient-x-input"]
    now, scores = tokens.clone(), [model(tokens)[0, 2].item()]
    for region in found.order[0]:
        now[0, region] = 0
        scores.append(model(now)[0, 2].item())
    np.testing.assert_allclose(found.scores[0], scores, rtol=1e-12)


def test_other_inputs_go_along():
    class Gated(nn.Module):
        def forward(self, x, gate):
            return torch.stack([(x * gate).sum(1), x.sum(1)], 1)

    x, gate = torch.rand(3, 5).double(), torch.rand(3, 5).double()
    found = flip(Gated(), (x, gate), "gradient-x-input", target=0, chunk=2)["gradient-x-input"]
    for sample in range(3):
        parts = sorted((x * gate)[sample].tolist(), reverse=True)
        left = [sum(parts[step:]) for step in range(6)]
        np.testing.assert_allclose(found.scores[sample], left, rtol=1e-9, atol=1e-12)


def test_scores_are_logits_probabilities_or_any_function(net, x):
    images = torch.cat([step.input for step in flip_steps(net, x[:1], "lrp", patch=14)])
    top = int(net(x[:1]).argmax())
    logits = net(images).detach()
    for score, expected in (
        ("logit", logits[:, top]),
        ("probability", logits.softmax(1)[:, top]),
        (
            lambda out, target: out.amax(1) - out.gather(1, target[:, None])[:, 0],
            logits.amax(1) - logits[:, top],
        ),
    ):
        found = flip(net, x[:1], "lrp", patch=14, score=score)["lrp"].scores[0]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    difference = flip(net, x[:1], "sensitivity", patch=14, target=lambda out: out[:, 3] - out[:, 5])
    assert difference["sensitivity"].scores[0, 0] == pytest.approx((logits[0, 3] - logits[0, 5]).item())


def test_the_target_is_chosen_once(net, x):
    """Late in the run another class wins; the curve stays that of the first."""
    *_, last = flip_steps(net, x, "lrp", patch=4, recompute=True, steps=20)
    first, late = net(x).argmax(1), net(last.input)
    assert (late.argmax(1) != first).any()
    np.testing.assert_allclose(
        last.scores, late.gather(1, first[:, None])[:, 0].detach(), rtol=1e-9, atol=1e-9
    )


def test_methods_are_names_presets_keywords_maps_and_functions(net, x):
    relevance = lw.explain(net, x, rules="epsilon").relevance
    methods = {
        "preset": "epsilon",
        "keywords": {"method": "lrp", "rules": "epsilon"},
        "map": relevance,
        "array": relevance.numpy(),
        "function": lambda x, target: lw.explain(net, x, rules="epsilon", target=target).relevance,
    }
    flips = flip(net, x, methods, patch=7)
    for method in methods:
        assert (flips[method].order == flips["preset"].order).all(), method
    assert (flip(net, x, "lrp", patch=7)["lrp"].order != flips["preset"].order).any()


def test_steps_come_one_by_one_with_their_picture_and_map(net, x):
    steps = flip_steps(net, x[:2], ["lrp", "random"], patch=7, recompute=True, steps=3)
    seen = list(steps)
    assert [(step.method, step.number) for step in seen] == [
        (method, number) for number in range(4) for method in ("lrp", "random")
    ]
    by = [step for step in seen if step.method == "lrp"]
    assert (by[0].input == x[:2]).all()
    assert by[0].relevance is None
    for before, step in pairwise(by):
        target = net(x[:2]).argmax(1)
        again = lw.explain(net, before.input, target=target).relevance
        torch.testing.assert_close(step.relevance, again)
        changed = (step.removed & ~before.removed).sum((1, 2, 3))
        assert changed.tolist() == [49, 49]
        torch.testing.assert_close(
            step.scores, net(step.input).gather(1, target[:, None])[:, 0].detach(), rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("recompute", [False, True])
def test_each_step_says_what_the_model_says_of_its_input(net, x, recompute):
    for step in flip_steps(net, x[:2], ["lrp", "random"], patch=7, steps=3, recompute=recompute, chunk=4):
        torch.testing.assert_close(step.output, net(step.input), rtol=1e-12, atol=1e-12)


def test_the_model_is_left_as_it_is(net, x):
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten(), nn.Linear(1352, 3)
    )
    model.double().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    flip(model, x, ["sensitivity", "random"], patch=14)
    assert model.training
    assert all(part.training for part in model.modules())
    assert all((value == before[name]).all() for name, value in model.state_dict().items())


def test_an_interrupt_keeps_what_is_finished(net, x):
    calls = 0

    def relevance(now, target):
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return lw.explain(net, now, target=target).relevance

    stopped = flip(net, x, {"mine": relevance, "random": "random"}, patch=4, recompute=True)
    whole = flip(net, x, ["lrp", "random"], patch=4, recompute=True)
    assert not stopped.complete
    assert whole.complete
    assert stopped["mine"].steps == 4
    np.testing.assert_array_equal(stopped["mine"].scores, whole["lrp"].scores[:, :5])
    assert "stopped" in repr(stopped)
    assert np.isfinite(stopped.difference("mine", "random").value)


@pytest.mark.parametrize("recompute", [True, False], ids=["b4", "b5"])
def test_lrp_finds_what_matters_far_better_than_chance(recompute):
    """B4, B5: 300 digits. What LRP is to the others is printed: it is a finding, not a bar."""
    digits = lw.zoo.digits()
    x = digits.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[:300]))
    flips = flip(
        digits, x, ["lrp", "sensitivity", "gradient-x-input", "random"], patch=4, recompute=recompute
    )
    for name, each in (("f", flips), ("max(f, 0)", flips.rectified())):
        for other in ("sensitivity", "gradient-x-input"):
            apart = each.difference(other, "lrp")
            print(f"{name}: AUC({other}) - AUC(LRP) = {apart.value:.3f} [{apart.low:.3f}, {apart.high:.3f}]")  # noqa: T201
        assert each["lrp"].mean_auc().value <= each["random"].mean_auc().value / 2
        apart = each.difference("random", "lrp")
        assert apart.low > 0
        assert apart.p < 1e-4
