"""Claim B6: rules are chosen by pixel-flipping, and alpha2-beta1 is sparser than alpha1-beta0."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure
from lrpwidgets.errors import InputError, LrpError, PresetError, StoppedError, UnsupportedOperationError
from lrpwidgets.measure.candidates import presets

NAMES = ["deep-taylor", "alpha2-beta1", "epsilon", "epsilon-gamma-box"]


def area_by_hand(net, x, rules):
    """Explain once, blacken 7 x 7 blocks from the highest sum down, score each time; trapezoids over steps."""
    areas = []
    for one in x.split(1):
        target = int(net(one).argmax())
        relevance = lw.explain(net, one, target=target, rules=rules).relevance[0, 0]
        blocks = relevance.unfold(0, 7, 7).unfold(1, 7, 7).sum((2, 3)).flatten()
        now, scores = one.clone(), [net(one)[0, target].item()]
        for block in blocks.sort(descending=True, stable=True).indices.tolist():
            row, column = divmod(block, 4)
            now[..., 7 * row : 7 * row + 7, 7 * column : 7 * column + 7] = 0
            scores.append(net(now)[0, target].item())
        areas.append(np.trapezoid(scores) / (len(scores) - 1))
    return np.array(areas)


def test_b6_the_best_is_the_one_of_the_lowest_area_with_its_interval(digit_net, digits):
    x = digits[:30]
    found = measure.select_rules(digit_net, x, NAMES, patch=7, batch=8)
    areas = {name: area_by_hand(digit_net, x, name) for name in NAMES}
    assert found.best == min(areas, key=lambda name: areas[name].mean())
    assert [one.name for one in found.ranking] == sorted(areas, key=lambda name: areas[name].mean())
    best = areas[found.best]
    for one in found.ranking:
        assert one.auc.value == pytest.approx(areas[one.name].mean(), rel=1e-8)
        np.testing.assert_allclose(found.curves[one.name].auc, areas[one.name], rtol=1e-8, atol=1e-8)
        apart = areas[one.name] - best
        assert one.behind.value == pytest.approx(apart.mean(), rel=1e-8, abs=1e-12)
        # A normal interval of the same mean: the bootstrap's is not far from it.
        width = 1.96 * apart.std() / np.sqrt(len(x))
        assert one.behind.low == pytest.approx(apart.mean() - width, abs=0.2 * width + 1e-12)
        assert one.behind.high == pytest.approx(apart.mean() + width, abs=0.2 * width + 1e-12)
        assert one.auc.low < one.auc.value < one.auc.high


def test_b6_alpha2_beta1_is_sparser_than_alpha1_beta0(digit_net, digits):
    one, two = (
        measure.gini(lw.explain(digit_net, digits, rules=rules).relevance)
        for rules in ("alpha1-beta0", "alpha2-beta1")
    )
    assert float((two > one).double().mean()) >= 0.7


def test_gini_is_half_the_mean_difference_over_the_mean():
    x = torch.randn(3, 2, 5, generator=torch.Generator().manual_seed(0)).double()
    size = x.abs().flatten(1)
    by_pairs = (size[:, :, None] - size[:, None]).abs().mean((1, 2)) / (2 * size.mean(1))
    torch.testing.assert_close(measure.gini(x), by_pairs)
    assert float(measure.gini(torch.ones(1, 7))) == pytest.approx(0)
    assert float(measure.gini(torch.eye(1, 8))) == pytest.approx(7 / 8)
    assert bool(measure.gini(torch.zeros(1, 7)).isnan())
    with pytest.raises(InputError, match="finite"):
        measure.gini(torch.full((1, 7), float("nan")))


def test_rules_are_combined_by_group_of_layers():
    rules = {
        "first": ["box", lw.WSquare()],
        "convolutions": [lw.ZPlus(), lw.Gamma(0.25)],
        "*.2": lw.Epsilon(),
    }
    found = presets(rules, "epsilon-plus")
    assert len(found) == 4
    one = found["first WSquare(), convolutions Gamma(gamma=0.25), *.2 Epsilon(epsilon=1e-06)"]
    assert (one.first, one.convolution, one.layers) == (
        lw.WSquare(),
        lw.Gamma(0.25),
        (("*.2", lw.Epsilon()),),
    )
    assert one.dense == lw.PRESETS["epsilon-plus"].dense
    assert one.pooling == lw.PRESETS["epsilon-plus"].pooling


def test_candidates_are_names_presets_rules_and_mappings(digit_net, digits):
    own = lw.preset({"*": lw.Epsilon(0.1)}, name="mine")
    given = ["epsilon", own, lw.Gamma(0.5), {"*": lw.Gamma(0.5)}]
    found = measure.select_rules(digit_net, digits[:3], given, patch=14)
    assert set(found.curves) == {"epsilon", "mine", "Gamma(gamma=0.5)", "* Gamma(gamma=0.5)"}
    plain = measure.flip(digit_net, digits[:3], {"mine": {"rules": own}}, patch=14)["mine"]
    np.testing.assert_array_equal(found.curves["mine"].scores, plain.scores)
    everywhere = found.presets["Gamma(gamma=0.5)"]
    assert (everywhere.first, everywhere.convolution, everywhere.dense) == (
        "box",
        lw.Gamma(0.5),
        lw.Gamma(0.5),
    )


def test_the_winner_is_ready_to_use(digit_net, digits):
    found = measure.select_rules(digit_net, digits[:4], NAMES[:2], patch=14)
    assert found.preset is lw.PRESETS[found.best]
    assert lw.explain(digit_net, digits[:1], rules=found.preset).total.isfinite().all()
    lines = repr(found).splitlines()
    assert [line.split()[1] for line in lines[1:3]] == [one.name for one in found.ranking]
    assert f"{found.ranking[0].auc.value:.4g} [" in lines[1]
    assert lines[-1] == "4 of 4 samples"


@pytest.mark.parametrize(
    "settings", [{"removal": "noise"}, {"removal": "blur", "recompute": True}, {"steps": 3}]
)
def test_batches_change_nothing(digit_net, digits, settings):
    x, target = digits[:5], [0, 1, 2, 3, 4]
    one, other = (
        measure.select_rules(digit_net, x, NAMES[:2], patch=7, batch=batch, target=target, **settings)
        for batch in (2, 5)
    )
    for name in one.curves:
        np.testing.assert_allclose(one.curves[name].scores, other.curves[name].scores, rtol=1e-9, atol=1e-9)


def test_regions_of_each_sample_are_flipped_however_many_there_are(digit_net, digits):
    x, labels = digits[:3], torch.zeros(3, 1, 28, 28, dtype=torch.int64)
    labels[1:, :, 14:], labels[2, :, :7] = 1, 2  # one, two, three regions
    found = measure.select_rules(digit_net, x, ["epsilon"], regions=labels, batch=1).curves["epsilon"]
    whole = measure.flip(digit_net, x, ["epsilon"], regions=labels)["epsilon"]
    np.testing.assert_allclose(found.scores, whole.scores, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.auc, whole.auc, rtol=1e-9)


def test_steps_rank_what_is_finished(digit_net, digits):
    steps = measure.selection_steps(digit_net, digits[:5], NAMES[:2], patch=14, batch=2)
    first = next(steps)
    steps.close()
    assert (first.done, first.total, first.complete) == (2, 5, False)
    assert "2 of 5 samples: not finished" in repr(first)


@pytest.mark.parametrize("error", [KeyboardInterrupt, StoppedError])
def test_an_interrupt_keeps_what_is_finished(digit_net, digits, error):
    calls = []

    def score(output, target):
        if len(calls) > 20:
            raise error
        calls.append(1)
        return output.gather(1, target[:, None])[:, 0]

    settings = {"patch": 14, "batch": 2, "chunk": 2, "score": score}
    found = measure.select_rules(digit_net, digits[:20], NAMES[:2], **settings)
    assert 0 < found.done < found.total == 20
    assert len(found.curves[found.best].scores) == found.done
    with pytest.raises(error):
        measure.select_rules(digit_net, digits[:20], NAMES[:2], **settings)

    def stop(so_far):
        raise error

    calls.clear()
    assert measure.select_rules(digit_net, digits[:20], NAMES[:2], progress=stop, **settings).done == 2


class Folded(nn.Module):
    """Has an operation that no rule knows."""

    def forward(self, x):
        return torch.cumprod(x.flatten(1), 1)[:, -3:]


def test_a_candidate_without_a_rule_for_an_operation_is_left_out_with_its_reason():
    x = 1 + torch.rand(4, 6, generator=torch.Generator().manual_seed(0)).double()
    net = nn.Sequential(Folded(), nn.Linear(3, 2)).double().eval()
    with pytest.raises(UnsupportedOperationError, match="no candidate can explain"):
        measure.select_rules(net, x, ["epsilon"])
    knows = lw.preset({"0": lw.Gradient()}, base="epsilon", name="knows")
    found = measure.select_rules(net, x, ["epsilon", knows], target=0)
    assert found.best == "knows"
    assert "cumprod" in found.refused["epsilon"]
    assert "left out: epsilon:" in repr(found)


def test_scores_that_become_nan_are_left_out_for_all():
    class Holed(nn.Module):
        def forward(self, x):
            hole = (x[:, 1:2] == 0) & (x[:, 2:3] > 0.8)
            total = x.sum(1, keepdim=True)
            return torch.cat([total.where(~hole, torch.full_like(total, torch.nan)), total], 1)

    x = torch.tensor([[0.5, 0.6, 0.2], [0.3, 0.5, 0.85], [0.4, 0.1, 0.7]]).double()
    net = nn.Sequential(nn.Linear(3, 3, bias=False), Holed()).double().eval()
    nn.init.eye_(net[0].weight)
    flat = lw.preset(
        {"0": lw.Flat()}, base="epsilon", name="flat"
    )  # flips from left to right, through the hole
    found = measure.select_rules(net, x, ["epsilon", flat], target=0, removal=0)
    assert np.isfinite(found.curves["epsilon"].scores).all()
    assert np.isnan(found.curves["flat"].scores).any(1).tolist() == [False, True, False]
    for one in found.ranking:
        assert one.auc.value == pytest.approx(found.curves[one.name].auc[[0, 2]].mean())
    assert "1 samples with scores that are NaN are left out" in repr(found)


def test_with_rectify_scores_below_zero_are_no_merit(digit_net, digits):
    found = measure.select_rules(digit_net, digits[:6], NAMES[:3], patch=7, rectify=True)
    for one in found.ranking:
        assert one.auc.value == pytest.approx(found.curves[one.name].rectified().auc.mean())
    assert "area under max(f, 0)" in repr(found)


@pytest.mark.parametrize(
    ("candidates", "settings", "kind", "says"),
    [
        ([], {}, PresetError, "no candidate"),
        (["epsilom"], {}, PresetError, "did you mean 'epsilon'"),
        (["epsilon", "epsilon"], {}, PresetError, "two candidates are called 'epsilon'"),
        ({"convolutions": []}, {}, PresetError, "no rule to choose"),
        ({"dense": "box"}, {}, PresetError, "is no rule"),
        ({1: lw.ZPlus()}, {}, PresetError, "group of layers"),
        ({"nowhere": lw.ZPlus()}, {}, PresetError, "matches no layer"),
        ({"dense": lw.WSquare()}, {}, PresetError, "first-layer rule"),
        ([3], {}, PresetError, "not 3"),
        (NAMES, {"batch": 0}, InputError, "batch"),
        (NAMES, {"confidence": 1}, InputError, "confidence"),
        (NAMES, {"steps": 99}, InputError, "after 4"),
        (NAMES, {"order": "mst"}, InputError, "did you mean 'most'"),
        (NAMES, {"target": [1, 2, 3]}, InputError, "3 targets for 2 samples"),
        (NAMES, {"base": "deep"}, PresetError, "did you mean"),
    ],
)
def test_bad_input_is_refused_at_once(digit_net, digits, candidates, settings, kind, says):
    with pytest.raises(kind, match=says) as found:
        measure.selection_steps(digit_net, digits[:2], candidates, **{"patch": 14, **settings})
    assert isinstance(found.value, LrpError)
