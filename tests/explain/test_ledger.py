"""The ledger: incoming = outgoing + bias + stabilizer + stopped in every row, start = end + absorbed in all."""

from __future__ import annotations

import json

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError
from lrpwidgets.explain.ledger import Ledger
from tests.explain import nets, oracle
from tests.explain.nets import Written, convolutional, dense, normal, uniform

ASKED = [{"rules": name} for name in lw.PRESETS]
ASKED += [{"method": name} for name in lw.METHODS if lw.METHODS[name].decomposes and name != "lrp"]


class Residual(nn.Module):
    """Branches that are cut, joined and added, a constant that is added, a module called twice."""

    def __init__(self):
        super().__init__()
        self.stem, self.body = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4 * 9, 3)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = F.relu(self.body(x) + x)
        x = F.relu(self.body(x))
        x = torch.cat([x[:, :2], 0.5 * x[:, 2:] + 0.1], 1)
        return self.head(F.max_pool2d(x, 2).flatten(1))


def residual():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Residual().double().eval()


NETS = {
    "dense": lambda: (dense(seed=1), normal(4, 6)),
    "dense, no bias": lambda: (dense(bias=False), normal(4, 6)),
    "max pools": lambda: (convolutional(), uniform(3, 2, 10, 10)),
    "average pools": lambda: (convolutional(pool="average"), uniform(3, 2, 10, 10)),
    "biases <= 0": lambda: (convolutional(negative=True), uniform(3, 2, 10, 10)),
    "signed input": lambda: (convolutional(), normal(3, 2, 10, 10)),
    "residual": lambda: (residual(), uniform(3, 2, 6, 6)),
}


def begun(found):
    """What the walk starts with: the scores, or 1 for each sample (and 1 - 1 with minus)."""
    if found.settings.get("rules", {}).get("start") == "one":
        return 0 if found.minus else len(found)
    return float(found.score.sum())


def balanced(ledger, found):
    scale = max(abs(ledger.start), *(abs(row.incoming) for row in ledger), 1e-3)
    assert ledger.rows
    for row in ledger:
        rest = row.incoming - row.outgoing - row.bias - row.stabilizer - row.stopped
        assert abs(rest) <= 1e-12 * scale, row
    assert ledger.start == pytest.approx(begun(found), abs=1e-12 * scale)
    assert ledger.end == pytest.approx(float(found.relevance.sum()), abs=1e-12 * scale)
    assert abs(ledger.start - ledger.end - ledger.absorbed) <= 1e-9 * scale
    assert abs(ledger.unaccounted) <= 1e-9 * scale


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("name", NETS)
def test_rows_and_whole_add_up(name, asked):
    net, x = NETS[name]()
    for target in ("top", 0, 1):
        found = lw.explain(net, x, target=target, input_range=(-4, 4), **asked)
        balanced(found.ledger, found)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_with_minus(asked):
    net, x = NETS["max pools"]()
    found = lw.explain(net, x, target=0, minus=1, **asked)
    balanced(found.ledger, found)


@pytest.mark.parametrize("rules", lw.PRESETS)
def test_what_leaves_one_row_comes_into_the_next(rules):
    """In a chain; between rows lie ReLUs and averages, which pass on what they get."""
    net, x = NETS["average pools"]()
    ledger = lw.explain(net, x, rules=rules, target=1).ledger
    assert [row.path for row in ledger] == ["7", "3", "0"]
    for above, below in zip(ledger.rows, ledger.rows[1:], strict=False):
        assert below.incoming == pytest.approx(above.outgoing, rel=1e-9)
    assert ledger.rows[0].incoming == pytest.approx(ledger.start, rel=1e-9)
    assert ledger.rows[-1].outgoing == pytest.approx(ledger.end, rel=1e-9)


def test_rows_against_the_explicit_matrices():
    """One sample: incoming and outgoing of each layer as the oracle finds them."""
    net, x = dense(seed=1), normal(1, 6)
    found = lw.explain(net, x, rules={"0": lw.WSquare(), "*": lw.Epsilon(0.3)}, target=0)
    start = torch.zeros(3, dtype=torch.float64)
    start[0] = found.score[0]

    def epsilon(w, b, a, r):
        return oracle.epsilon(w, b, a, r, eps=0.3)

    sums = [
        float(r.sum())
        for r in oracle.through(list(net), x[0], start, [oracle.w_square, epsilon, epsilon], "winner")
    ]
    (top, middle, bottom) = found.ledger.rows
    assert (top.path, middle.path, bottom.path) == ("4", "2", "0")
    for row, before, after in zip(
        (top, middle, bottom),
        (float(start.sum()), sums[0], sums[2]),
        (sums[0], sums[2], sums[4]),
        strict=True,
    ):
        assert row.incoming == pytest.approx(before, rel=1e-10)
        assert row.outgoing == pytest.approx(after, rel=1e-10)


def shares_of_one_layer(rule, weight, bias, x):
    net = nn.Linear(len(weight[0]), len(weight)).double()
    with torch.no_grad():
        net.weight.copy_(torch.tensor(weight))
        net.bias.copy_(torch.tensor(bias))
    (row,) = lw.explain(net, torch.tensor([x], dtype=torch.float64), rules={"*": rule}, target=0).ledger.rows
    return row


def test_bias_and_stabilizer_of_one_unit():
    """z = 2 * 3 - 1 * 4 + 1 = 3; R = 3."""
    row = shares_of_one_layer(lw.Zero(), [[2.0, -1.0]], [1.0], [3.0, 4.0])
    assert (row.incoming, row.outgoing, row.bias, row.stabilizer) == (3, 2, 1, 0)
    assert row.stopped == pytest.approx(0, abs=1e-15)
    row = shares_of_one_layer(lw.Epsilon(1.0), [[2.0, -1.0]], [1.0], [3.0, 4.0])
    assert row.outgoing == pytest.approx(3 * 2 / 4)
    assert row.bias == pytest.approx(3 * 1 / 4)
    assert row.stabilizer == pytest.approx(3 * 1 / 4)
    assert row.stopped == pytest.approx(0, abs=1e-15)
    # A negative score: the stabilizer has its sign.
    row = shares_of_one_layer(lw.Epsilon(1.0), [[-2.0, 1.0]], [-1.0], [3.0, 4.0])
    assert (row.incoming, row.stabilizer) == (pytest.approx(-3), pytest.approx(-3 / 4))


def test_z_plus_leaves_the_bias_out():
    row = shares_of_one_layer(lw.ZPlus(), [[2.0, -1.0]], [1.0], [3.0, 4.0])
    assert (row.incoming, row.outgoing, row.bias, row.stabilizer) == (3, pytest.approx(3), 0, 0)


def test_relevance_that_a_unit_cannot_send_on_is_stopped():
    """A unit that is positive by its bias alone has no positive product: z+ stops its relevance."""
    row = shares_of_one_layer(lw.ZPlus(), [[-1.0, -1.0]], [9.0], [3.0, 4.0])
    assert (row.incoming, row.outgoing, row.stopped) == (2, 0, 2)


@pytest.mark.parametrize(("alpha", "beta"), [(2, 1), (1.5, 0.5), (4, 3)])
def test_what_alpha_beta_adds_shows_as_negative_stopped(alpha, beta):
    """A unit without negative products sends alpha R: the published formula creates beta R there."""
    row = shares_of_one_layer(lw.AlphaBeta(alpha, beta), [[2.0, 1.0]], [0.0], [3.0, 4.0])
    assert row.incoming == 10
    assert row.outgoing == pytest.approx(alpha * 10)
    assert row.stopped == pytest.approx(-beta * 10)
    both = shares_of_one_layer(lw.AlphaBeta(alpha, beta), [[2.0, -1.0]], [0.0], [3.0, 4.0])
    assert both.stopped == pytest.approx(0, abs=1e-12)


def test_alpha2_beta1_on_the_net_of_figure_6():
    """Sums 7, 10, 12.5 for f = 2, 3, 4, and the ledger says what was made."""
    net = nets.figure_6()
    x = torch.tensor([[2.0, 1.0], [3.0, 2.0], [4.0, 1.5]], dtype=torch.float64)
    for one in lw.explain(net, x, rules={"*": lw.AlphaBeta(2, 1)}):
        large, small = float(one.input.max()), float(one.input.min())
        # f = large is doubled by the upper layer; (large - small)/2 of it conserves below, (large + small)/2 doubles.
        expected = 2 * ((large - small) / 2 + 2 * (large + small) / 2)
        assert float(one.total) == pytest.approx(expected)
        upper, lower = one.ledger.rows
        assert upper.stopped == pytest.approx(-large)
        assert lower.stopped == pytest.approx(-(large + small))
        balanced(one.ledger, one)


def test_constants_that_are_added_or_joined_have_rows():
    def body(net, x):
        h = net.first(x) + torch.tensor([0.5, 0, 0, 0], dtype=x.dtype)
        h = torch.cat([h[:, :3], torch.full((len(x), 1), 2.0, dtype=x.dtype)], 1)
        return net.last(h - 0.25)

    found = lw.explain(Written(body), normal(3, 4), rules="lrp-0", target=1)
    balanced(found.ledger, found)
    constants = [row for row in found.ledger if row.rule == "constant"]
    assert [row.path for row in constants] == ["(sub)", "(cat)", "(add)"]
    assert all(row.incoming == row.bias and row.outgoing == 0 for row in constants)


def test_a_module_called_twice_has_two_rows():
    found = lw.explain(residual(), uniform(1, 2, 6, 6), target=0)
    paths = [row.path for row in found.ledger]
    assert paths.count("body") == paths.count("body#2") == 1
    assert len(set(paths)) == len(paths), "no two rows are called the same"


def test_the_ledger_of_one_sample_and_of_the_batch():
    net, x = NETS["max pools"]()
    whole = lw.explain(net, x, rules="epsilon", target=[0, 1, 2])
    singles = [one.ledger for one in whole]
    for at, row in enumerate(whole.ledger):
        for field in ("incoming", "outgoing", "bias", "stabilizer", "stopped"):
            total = sum(getattr(ledger.rows[at], field) for ledger in singles)
            assert getattr(row, field) == pytest.approx(total, rel=1e-9, abs=1e-12)
    assert singles[1].start == pytest.approx(float(whole.score[1]))
    assert singles[1].to_json() == whole[-2].ledger.to_json()
    assert whole[1][0].ledger.start == singles[1].start


def test_the_rules_are_written_beside_the_rows():
    net, x = NETS["max pools"]()
    rows = lw.explain(net, x, input_range=(0, 1), target=1).ledger.rows
    assert [(row.path, row.rule) for row in rows] == [
        ("7", "ZPlus()"),
        ("5", "proportional"),
        ("3", "ZPlus()"),
        ("2", "proportional"),
        ("0", "ZBox(0, 1)"),
    ]
    winner = lw.explain(net, x, rules="epsilon", target=1).ledger.rows
    assert winner[1].rule == "winner takes all"
    assert "1e-06" in winner[0].rule


def test_a_ledger_is_computed_once_and_only_when_looked_at():
    calls = []
    net, x = dense(), normal(2, 6)
    net[0].register_forward_hook(lambda module, args, out: calls.append(len(args[0])))
    found = lw.explain(net, x, target=0)
    assert calls == [2]
    assert found.ledger is found.ledger
    assert calls == [2, 2]


def test_as_text():
    net, x = NETS["dense"]()
    ledger = lw.explain(net, x, rules="epsilon", target=0).ledger
    lines = str(ledger).splitlines()
    assert len(lines) == 2 + len(ledger.rows)
    assert lines[0].split() == ["layer", "in", "out", "bias", "stabilizer", "stopped", "rule"]
    assert lines[1].startswith("4 ")
    assert f"score {ledger.start:.6g} = sum of R {ledger.end:.6g} + absorbed" in lines[-1]


def test_to_and_from_plain_data():
    net, x = NETS["dense"]()
    ledger = lw.explain(net, x, rules="epsilon", target=0).ledger
    data = json.loads(json.dumps(ledger.to_json()))
    assert Ledger.from_json(data) == ledger


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("start"),
        lambda data: data.pop("rows"),
        lambda data: data["rows"][0].pop("bias"),
        lambda data: data["rows"][0].update(incoming="much"),
        lambda data: data.update(rows=3),
        lambda data: data.update(rows=[None]),
        lambda data: data.update(end=None),
    ],
)
def test_a_damaged_ledger_is_refused(spoil):
    net, x = NETS["dense"]()
    data = lw.explain(net, x, rules="epsilon", target=0).ledger.to_json()
    spoil(data)
    with pytest.raises(FileFormatError, match="ledger in this file is damaged"):
        Ledger.from_json(data)
