"""The units of a layer: the relevance of each, all their maps, and a hidden unit as the target."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import LayerError, MethodError, ModelError, TargetError
from tests.explain import oracle
from tests.explain.nets import convolutional, dense, gradient, normal, uniform
from tests.explain.test_filtering import CHANNELS, LINEAR, Blocks, X, blocks, closes, forwards, handled

__all__ = ["forwards", "handled"]  # fixtures


# -- the relevance of every unit -------------------------------------------------------------------


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("rule", ["zero", "epsilon"])
def test_units_are_the_relevance_of_explicit_matrices(rule, place):
    net, x = dense(seed=3), uniform(2, 6)
    formula = getattr(oracle, rule)
    layers = [module for module in net if isinstance(module, nn.Linear)]
    found = lw.trace(net, x).units(str(2 * place - 1), rules={"zero": "lrp-0"}.get(rule, rule), target=1)
    for sample in range(2):
        activations = [x[sample]]
        for layer in layers:
            activations.append(layer(activations[-1]).detach().relu())
        r = torch.zeros(3, dtype=torch.float64)
        r[1] = net(x)[sample, 1].detach()
        for at in range(2, place - 1, -1):
            r = formula(layers[at].weight.detach(), layers[at].bias.detach(), activations[at], r)
        oracle.close(found[sample], r, 1e-10)


@pytest.mark.parametrize("how", LINEAR, ids=str)
@pytest.mark.parametrize("path", CHANNELS)
def test_units_are_what_the_ledger_says_of_each_filter(path, how):
    trace = lw.trace(blocks(), X)
    units = trace.units(path, **how)
    everywhere = trace.units(path, positions=True, **how)
    assert units.shape == (2, CHANNELS[path])
    oracle.close(everywhere.flatten(2).sum(2) if everywhere.dim() > 2 else everywhere, units, 1e-12)
    for unit in range(CHANNELS[path]):
        for sample in range(2):
            ledger = trace.explain(through={path: unit}, **how)[sample].ledger
            (held,) = [row for row in ledger if row.rule == "through"]
            assert held.outgoing == pytest.approx(float(units[sample, unit]), rel=1e-9, abs=1e-12)


def test_units_of_a_chain_sum_to_the_score_and_gradients_are_autograds():
    net, x = convolutional(bias=False), uniform(2, 2, 10, 10)
    trace = lw.trace(net, x)
    score = net(x).amax(1).detach()
    for path in ("0", "1", "2", "3", "4", "5", "6"):
        oracle.close(trace.units(path, rules="lrp-0").sum(1), score, 1e-10)
    lower, upper = net[:3], net[3:]
    hidden = lower(x).detach()
    slope = gradient(upper, hidden, target=2)
    oracle.close(trace.units("2", positions=True, method="sensitivity", target=2), slope**2, 1e-12)
    oracle.close(trace.units("2", positions=True, method="gradient-x-input", target=2), slope * hidden, 1e-12)


def test_units_need_no_forward_where_the_activation_is_kept_and_one_where_not(forwards):
    trace = lw.trace(blocks(), X, layers=["stem", "block"])
    trace.units("stem")
    trace.units("block", positions=True)
    assert len(forwards) == 1
    trace = lw.trace(blocks(), X)
    trace.units("stem", rules="epsilon")  # relu(z) stands for z: no relevance comes where they differ
    assert len(forwards) == 2
    trace = lw.trace(blocks(), X)
    trace.explain(target=lw.unit("stem", 1))
    assert len(forwards) == 4, "the unit's own activation was not kept"
    trace.explain(target=lw.unit("stem", 2))
    assert len(forwards) == 4


def test_units_handed_out_are_the_callers_own():
    net = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(3 * 36, 2)).double()
    trace = lw.trace(net, X, input_range=(0, 1))
    before = trace.units("0", positions=True)
    kept = before.clone()
    assert float(kept.abs().max()) > 0
    before.zero_()
    assert torch.equal(trace.units("0", positions=True), kept)


def test_units_walk_no_node_below_the_layer(handled):
    lw.trace(blocks(), X).units("left", rules="epsilon")
    assert set(handled) == {"head", "again.0", "again.0#2", "again.1", "again.1#2", "(model)"}


# -- all maps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [*LINEAR, {"method": "sensitivity"}], ids=str)
@pytest.mark.parametrize("keep", [0, 1])
def test_maps_are_the_single_filters(how, keep):
    trace = lw.trace(blocks(), X, keep=keep)
    size = X.numel() * 8
    chunks = list(trace.maps("block", budget=3 * size, **how))
    assert [units for units, _ in chunks] == [[0, 1, 2], [3]]
    assert [len(found) for _, found in chunks] == [3, 1]
    for unit, found in zip(range(4), torch.cat([found for _, found in chunks]), strict=True):
        assert torch.equal(found, trace.explain(through={"block": unit}, **how).relevance)


def test_maps_of_some_units_and_positions():
    trace = lw.trace(blocks(), X)
    ((units, found),) = trace.maps("stem", [3, (1, (2, 2))])
    assert units == [3, (1, (2, 2))]
    assert torch.equal(found[1], trace.explain(through={"stem": (1, (2, 2))}).relevance)
    assert len(list(trace.maps("stem", budget=1))) == 4


@pytest.mark.parametrize("keep", [0, 1])
def test_maps_walk_the_part_above_once_and_the_part_below_once_a_live_unit(handled, forwards, keep):
    net = blocks()
    with torch.no_grad():
        net.left.bias[1] = -100  # a unit that is never active
    for _ in lw.trace(net, X, keep=keep).maps("left", rules="epsilon"):
        pass
    assert handled["head"] == handled["again.0"] == handled["again.0#2"] == 1
    assert handled["block"] == handled["stem"] == 2
    assert len(forwards) == 1


@pytest.mark.parametrize(
    ("path", "only", "words"),
    [
        ("stemm", None, "did you mean 'stem'"),
        ("stem", [0, 4], "unit 4 is out of range"),
        ("stem", torch.ones(4, 1, 1), "not a mask"),
        ("stem", [], "no unit"),
    ],
    ids=str,
)
def test_maps_say_at_once_what_is_wrong(path, only, words):
    with pytest.raises(LayerError, match=words):
        lw.trace(blocks(), X).maps(path, only)


# -- a hidden unit as the target -------------------------------------------------------------------


@pytest.mark.parametrize("how", [*LINEAR, {"method": "sensitivity"}], ids=str)
@pytest.mark.parametrize("path", ["1", "3", "4"])
def test_a_hidden_unit_is_the_output_of_the_net_that_ends_there(path, how):
    net, x = convolutional(), normal(3, 2, 10, 10)
    cut = net[: int(path) + 1]
    expected = lw.explain(cut, x, target=lambda out: out[:, 2].sum((1, 2)), **how)
    found = lw.explain(net, x, target=lw.unit(path, 2), **how)
    oracle.close(found.relevance, expected.relevance, 1e-12)
    oracle.close(found.score, expected.score, 1e-12)
    assert torch.equal(found.output, net(x).detach())
    at = lw.explain(cut, x, target=lambda out: out[:, 2, 1, 3], **how)
    oracle.close(lw.explain(net, x, target=lw.unit(path, 2, (1, 3)), **how).relevance, at.relevance, 1e-12)
    if path == "3":
        assert float(found.score.min()) < 0, "the activation before the ReLU"
    if how.get("method") != "sensitivity":
        closes(found.ledger)
        starts_with_one = how.get("rules") == "excitation-backprop"
        assert found.ledger.start == pytest.approx(
            int((found.score != 0).sum()) if starts_with_one else float(found.score.sum())
        )


def test_its_labels_code_and_settings(tmp_path):
    net = blocks()
    found = lw.explain(net, X, target=lw.unit("again#2", 3), minus=lw.unit("again#2", -1, (0, 1)))
    assert [target.label for target in found.target] == ["again#2[3]"] * 2
    assert found.minus[0].label == "again#2[4, 0, 1]"
    assert found.target[0].index is None
    assert 'target=lw.unit("again#2", 3), minus=lw.unit("again#2", -1, position=(0, 1))' in found.code
    assert torch.equal(eval(found.code, {"lw": lw, "model": net, "x": X}).relevance, found.relevance)  # noqa: S307
    one, other = (
        lw.explain(net, X, target=lw.unit("again#2", 3)),
        lw.explain(net, X, target=lw.unit("again#2", 4, (0, 1))),
    )
    oracle.close(found.relevance, one.relevance - other.relevance, 1e-12)
    oracle.close(found.score, one.score - other.score, 1e-12)
    closes(found.ledger)


def test_one_unit_a_sample_and_the_first_call():
    trace = lw.trace(blocks(), X)
    many = trace.explain(target=[lw.unit("again#1", 0), lw.unit("again#1", 3)])
    assert [target.label for target in many.target] == ["again#1[0]", "again#1[3]"]
    for sample, channel in enumerate((0, 3)):
        alone = lw.explain(blocks(), X[sample : sample + 1], target=lw.unit("again#1", channel))
        oracle.close(many[sample].relevance, alone.relevance, 1e-12)
        closes(many[sample].ledger)


def test_a_hidden_unit_through_units_below_it():
    trace = lw.trace(blocks(), X)
    target = lw.unit("again#1", 1)
    whole = trace.explain(target=target)
    parts = [trace.explain(target=target, through={"block": unit}) for unit in range(4)]
    oracle.close(sum(part.relevance for part in parts) + parts[0].remainder, whole.relevance, 1e-10)
    closes(parts[0].ledger)
    oracle.close(trace.units("stem", target=target).sum(1), whole.score, 1e-9)
    with pytest.raises(LayerError, match="does not depend"):
        trace.explain(target=target, through={"again#2": 0})


def test_a_hidden_target_walks_only_the_nodes_below(handled):
    lw.trace(blocks(), X).explain(target=lw.unit("block", 1), rules="epsilon")
    assert set(handled) == {"block", "stem", "(model)"}
    assert handled["(model)"] == 1


@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        (lw.unit("blok", 1), LayerError, "did you mean 'block'"),
        (
            lw.unit("stem", 4),
            LayerError,
            r"unit 4 is out of range: the output of stem has shape \(2, 4, 6, 6\)",
        ),
        (lw.unit("stem", 0, 3), LayerError, r"position \(3,\)"),
        (lw.unit("again", 0), LayerError, "again is called 2 times; name one call: 'again#1', 'again#2'"),
        ([lw.unit("stem", 0)], TargetError, "1 targets for a batch of 2"),
        ([lw.unit("stem", 0), lw.unit("block", 0)], TargetError, "one layer"),
        ([lw.unit("stem", 0), 2], TargetError, "one layer"),
    ],
    ids=str,
)
def test_a_hidden_target_that_makes_no_sense_is_refused(target, error, words):
    trace = lw.trace(blocks(), X)
    with pytest.raises(error, match=words):
        trace.explain(target=target)
    assert trace.explain(target=lw.unit("stem", 0)).relevance.any()


def test_target_and_minus_must_lie_at_one_layer():
    with pytest.raises(TargetError, match="block and the model's output"):
        lw.explain(blocks(), X, target=lw.unit("block", 0), minus=1)
    with pytest.raises(TargetError, match="not understood"):
        lw.unit("block", "one")


def test_recording_again_notices_a_model_that_changed():
    net = blocks()
    trace = lw.trace(net, X, keep=0)
    with torch.no_grad():
        net.head.weight.mul_(2)
    with pytest.raises(ModelError, match="another output"):
        trace.explain(target=lw.unit("stem", 0))


def test_in_place_relus_leave_the_unit_its_own_activation():
    net, x = (
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Conv2d(2, 2, 3)).double(),
        normal(1, 1, 6, 6),
    )
    expected = net[0](x)[:, 1, 0, 0].detach()
    found = lw.explain(net, x, target=lw.unit("0", 1, (0, 0)), method="gradient-x-input")
    oracle.close(found.score, expected, 1e-12)
    oracle.close(found.relevance, gradient(net[0], x, _one_hot(net[0](x), 1)) * x, 1e-12)


def _one_hot(like, channel):
    found = torch.zeros_like(like)
    found[:, channel, 0, 0] = 1
    return found


def test_layers_that_do_not_exist_are_refused():
    with pytest.raises(LayerError, match="did you mean 'stem'"):
        lw.trace(blocks(), X, layers=["stm"])
    assert isinstance(blocks(), Blocks)


@pytest.mark.parametrize("method", ["taylor", "integrated-gradients", "smoothgrad"])
def test_a_method_that_asks_elsewhere_has_neither_units_nor_maps(method):
    """Its maps through single units would be whole maps, and sum to as many times the score as there are units."""
    trace = lw.trace(blocks(), X)
    with pytest.raises(MethodError, match=f"'{method}' cannot be filtered"):
        next(trace.maps("block", method=method))
    with pytest.raises(MethodError, match=f"'{method}' cannot be filtered"):
        trace.units("block", method=method)
