"""The ledger closes on every net: sums, constants however they enter, reused modules, any target, any preset."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import ModelError
from tests.explain.nets import Written, convolutional, normal, uniform

PRESETS = ("deep-taylor", "alpha1-beta0", "alpha2-beta1", "epsilon", "lrp-0")


def closes(ledger, at_most=1e-10):
    """Every row, and the whole, add up."""
    scale = max(abs(ledger.start), *(abs(row.incoming) for row in ledger))
    for row in ledger:
        out = row.outgoing + row.bias + row.stabilizer + row.stopped
        assert row.incoming == pytest.approx(out, abs=at_most * scale), row
    assert ledger.start == pytest.approx(ledger.end + ledger.absorbed, abs=at_most * scale)
    assert ledger.unaccounted == pytest.approx(0, abs=at_most * scale)


def with_constants(net, x):
    h = F.relu(net.first(x)) + 0.5
    h = torch.cat([h[:, :3], h.new_full((len(h), 1), 2.0)], 1) - torch.tensor([0.1, 0.0, 0.0, 0.2]).double()
    return net.last(h) + 1


def written_constants(net, x):
    buffer = torch.full((len(x), 4), 0.75, dtype=x.dtype)
    buffer[:, :3] = F.relu(net.first(x))[:, :3]
    buffer[:, 1] = 0.5
    return net.last(buffer)


def filled(net, x):
    h = F.relu(net.first(x))
    h[:, 1].fill_(0.5)
    h[:, 2:3] = torch.tensor([0.25]).double()
    h[0].zero_()
    return net.last(h)


def written_step_by_step(net, x):
    buffer = torch.linspace(1, 2, 4, dtype=x.dtype).repeat(len(x), 1)
    window = buffer[:, 1:]
    for i in range(1, 3):
        buffer[:, i] = buffer[:, i - 1] * 0.5 + F.relu(x[:, i])
    return net.last(buffer + F.pad(window, (1, 0), value=-0.5))


def written_wide(net, x):
    row = torch.full((1, 4), 0.5, dtype=x.dtype)
    wide = row.expand(len(x), 4)
    row[:, :2] = F.relu(x)[:, :2].sum(0, keepdim=True)
    return net.last(wide)


BODIES = {
    "residual": lambda net, x: net.last(F.relu(net.first(F.relu(net.first(x))) + F.relu(x))),
    "residual round the first layer": lambda net, x: net.last(F.relu(net.first(x)) + x),
    "broadcast residual": lambda net, x: net.last(F.relu(net.first(x)) + F.relu(x[:, :1])),
    "constants added, joined, taken away": with_constants,
    "constants written": written_constants,
    "constants filled, copied, zeroed": filled,
    "constants read between writes": written_step_by_step,
    "constants behind an expanded view": written_wide,
    "a bias added to a product": lambda net, x: net.bare(x) + torch.tensor([0.5, -1.0, 0.25]).double(),
    "constants padded, others cropped": lambda net, x: net.last(
        F.pad(F.relu(net.first(x)), (-1, 1), value=2.0)
    ),
    "constants padded": lambda net, x: net.last(F.pad(F.relu(net.first(x))[:, :3], (0, 1), value=2.0)),
    "constants padded before the first layer": lambda net, x: net.last(F.pad(x[:, :3], (0, 1), value=2.0)),
    "reused module": lambda net, x: net.last(F.relu(net.first(F.relu(net.first(x))))),
    "scaled": lambda net, x: net.last(F.relu(net.first(x)) * 3 / 2) * -1,
    "three axes": lambda net, x: net.last(net.first(x[:, None].expand(len(x), 3, 4)).relu()).mean(1),
    "three axes, not contiguous": lambda net, x: net.last(
        x[:, None].expand(len(x), 3, 4).transpose(0, 1)
    ).mean(0),
}


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize("body", BODIES)
def test_closes(body, rules):
    net, x = Written(BODIES[body]), uniform(3, 4)
    for input_range in ((0, 1), None):
        trace = lw.trace(net, x, input_range=input_range)
        for target in range(3):
            closes(trace.explain(rules=rules, target=target).ledger)


@pytest.mark.parametrize("body", BODIES)
def test_gradient_x_input_closes_as_lrp_0_does(body):
    net, x = Written(BODIES[body]), normal(3, 4)
    one = lw.explain(net, x, method="gradient-x-input", target=1).ledger
    two = lw.explain(net, x, rules="lrp-0", target=1).ledger
    closes(one)
    assert (one.start, one.end) == pytest.approx((two.start, two.end), rel=1e-12)
    biases = [sum(row.bias for row in ledger) for ledger in (one, two)]
    assert biases[0] == pytest.approx(biases[1], rel=1e-12)


CURVED = {
    "tanh, softmax": lambda net, x: net.last(torch.tanh(net.first(x)).softmax(1)),
    "product": lambda net, x: net.last(net.first(x) * x[:, :1]),
    "product, summed": lambda net, x: net.last(x * x.mean()) + x.sum(),
    "quotient": lambda net, x: net.last(x / (net.first(x) ** 2 + 1)),
    "constant over x": lambda net, x: net.last(torch.ones(4).double() / (x + 3)),
    "weights made of x": lambda net, x: F.linear(F.relu(x), torch.outer(x[0, :3], x[1])).relu(),
    "masked, where": lambda net, x: net.last(torch.where(x > 0, x, 0.3).masked_fill(x > 1, 0.7)),
    "index_put": lambda net, x: net.last(index_put(x * 1)),
    "complex": lambda net, x: net.last(
        torch.view_as_real((torch.view_as_complex(x.view(-1, 2, 2)) + 1j) * (2 + 1j)).flatten(1)
    ),
    "Fourier": lambda net, x: net.last(torch.fft.fft(x).abs()),
    "split": lambda net, x: net.last(torch.cat(x.split([1, 3], 1)[::-1], 1)),
    "sort": lambda net, x: net.last(x.sort(1)[0]),
}


def index_put(h):
    h[:, [0, 2]] = 0.5
    h[h > 1] = 3
    return h


@pytest.mark.parametrize("body", CURVED)
def test_gradient_x_input_closes_where_it_does_not_conserve(body):
    """A row for every step whose gradient times operand is not its output."""
    net, x = Written(CURVED[body]), normal(3, 4)
    found = lw.explain(net, x, method="gradient-x-input", target=1)
    closes(found.ledger)
    assert found.ledger.end == pytest.approx(float(found.total.sum()), rel=1e-12)


def test_a_handler_of_the_users_own_is_accounted_for():
    from lrpwidgets.explain import lrp

    known = dict(lrp.LRP)
    try:

        @lw.handles("gelu")
        def half_of_it(node, c, walk):
            yield c / 2

        net = Written(lambda net, x: net.last(F.gelu(net.first(x))))
        ledger = lw.explain(net, normal(3, 4), rules="lrp-0", target=1).ledger
    finally:
        lrp.LRP.clear()
        lrp.LRP.update(known)
    closes(ledger)
    (row,) = [row for row in ledger if row.path == "(gelu)"]
    assert row.stopped != 0


def test_a_box_of_the_padded_input_shows_what_the_padding_took():
    """Bounds of the user's own that say the padded values could have been others."""
    net = Written(lambda net, x: net.last(F.relu(net.first(F.pad(x, (1, 1), value=0.5)))))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net.first = nn.Linear(6, 4).double()
    rules = {"first": lw.ZBox(torch.zeros(1, 6), torch.ones(1, 6))}
    found = lw.explain(net, uniform(3, 4), rules=rules, target=1)
    closes(found.ledger)
    assert any(row.rule == "constant" and row.bias != 0 for row in found.ledger)
    assert found.ledger.end == pytest.approx(float(found.total.sum()), rel=1e-12)


@pytest.mark.parametrize("asked", [{"method": "gradient-x-input"}, {"rules": "epsilon"}])
def test_along_a_chain_each_row_takes_what_the_one_before_gave(asked):
    net, x = Written(lambda net, x: net.last(net.norm(net.first(x)).relu())), normal(3, 4)
    net.norm = nn.BatchNorm1d(4).double().eval()
    nn.init.constant_(net.norm.bias, 0.75)
    ledger = lw.explain(net, x, target=1, **asked).ledger
    assert len(ledger.rows) >= 2
    arrived = ledger.start
    for row in ledger:
        assert row.incoming == pytest.approx(arrived, rel=1e-12)
        arrived = row.outgoing
    assert arrived == pytest.approx(ledger.end, rel=1e-12)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x, context):
        return self.last(F.relu(self.first(x)) + context)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.last = nn.Embedding(10, 6), nn.Linear(6, 3)
        self.places = nn.Parameter(torch.randn(5, 6))

    def forward(self, tokens):
        return self.last((self.words(tokens) + self.places).mean(1))


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps, self.last = nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x):
        return self.last(self.steps(x)[0][:, -1])


def chain(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(3))


KINDS = {
    "two inputs": (TwoInputs, lambda: (uniform(2, 4), uniform(2, 4, seed=3))),
    "tokens": (Tokens, lambda: torch.arange(10).view(2, 5)),
    "LSTM": (Steps, lambda: normal(2, 6, 4)),
    "transformer": (
        lambda: chain(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)),
        lambda: normal(2, 5, 8),
    ),
    "batch norms": (
        lambda: chain(nn.BatchNorm2d(2), nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU()),
        lambda: normal(2, 2, 6, 6),
    ),
    "GELU, layer norm": (
        lambda: chain(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.GELU(), nn.LayerNorm([3, 4, 4])),
        lambda: normal(2, 2, 6, 6),
    ),
    "SiLU, group norm, sigmoid": (
        lambda: chain(
            nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Sigmoid()
        ),
        lambda: normal(2, 2, 6, 6),
    ),
    "softplus, instance norm, resizing": (
        lambda: chain(
            nn.Conv2d(2, 4, 3),
            nn.InstanceNorm2d(4, affine=True),
            nn.Softplus(),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            nn.AvgPool2d(2),
        ),
        lambda: normal(2, 2, 6, 6),
    ),
}


@pytest.mark.parametrize("asked", ["gradient-x-input", *lw.PRESETS])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_net_closes(kind, asked):
    build, inputs = KINDS[kind]
    x = inputs()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = build().double().eval()
        net(*x) if isinstance(x, tuple) else net(x)
        for module in net.modules():  # statistics and shifts of their own
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.bias)
                nn.init.normal_(module.running_mean)
    how = {"rules": asked} if asked in lw.PRESETS else {"method": asked}
    found = lw.explain(net, x, target=1, **how)
    closes(found.ledger, 1e-9)
    assert found.ledger.end == pytest.approx(float(found.total.sum()), rel=1e-9)
    others = [row for row in found.ledger if row.rule == "another input"]
    assert [row.path for row in others] == (["input 1"] if kind == "two inputs" else [])


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize("pool", ["max", "average"])
def test_a_convolutional_net_closes(pool, rules):
    found = lw.explain(convolutional(pool=pool), uniform(3, 2, 10, 10), rules=rules, input_range=(0, 1))
    closes(found.ledger)
    assert found.ledger.end == pytest.approx(float(found.total.sum()), rel=1e-12)


@pytest.mark.parametrize("method", ["lrp", "gradient-x-input"])
def test_a_target_that_is_not_linear_in_the_output_is_accounted_for(method):
    """The walk starts with c * output; what a softmax is more or less than that must have a place."""
    net, x = convolutional(), normal(2, 2, 10, 10)
    found = lw.explain(
        net, x, method=method, target=lambda output: output.softmax(1)[:, 0], input_range=(-5, 5)
    )
    closes(found.ledger)
    row = found.ledger.rows[0]
    assert (row.path, row.rule, row.incoming) == ("target", "target", found.ledger.start)
    assert row.stopped != 0
    assert any("not linear" in note and '"target"' in note for note in found.notes)
    closes(found[1].ledger)
    assert found[1].ledger.start == pytest.approx(float(found.score[1]), rel=1e-12)
    against = lw.explain(net, x, method=method, target=1, minus=lambda output: output.softmax(1)[:, 0])
    closes(against.ledger)
    assert any("not linear" in note for note in against.notes)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "target", ["top", 1, lambda output: output[:, 0], lambda output: output.amax(1) - output.mean(1)]
)
def test_a_linear_target_gets_no_row_and_no_note(target, dtype):
    net, x = convolutional().to(dtype), normal(2, 2, 10, 10).to(dtype)
    found = lw.explain(net, x, target=target, input_range=(-5, 5))
    assert all(row.path != "target" for row in found.ledger)
    assert found.notes == ()


def test_the_gradient_of_a_curved_target_needs_no_note():
    net, x = convolutional(), normal(2, 2, 10, 10)
    assert lw.explain(net, x, method="sensitivity", target=lambda output: output.exp()[:, 0]).notes == ()


def test_asking_for_the_ledger_changes_nothing():
    trace = lw.trace(convolutional(), normal(2, 2, 10, 10))
    found = trace.explain(target=1)
    before = found.relevance.clone()
    _ = found.ledger
    assert torch.equal(found.relevance, before)
    assert torch.equal(trace.explain(target=1).relevance, before)


@pytest.mark.parametrize("bias", [True, False])
def test_it_is_refused_once_the_weights_have_changed(bias):
    net, x = convolutional(bias=bias), normal(2, 2, 10, 10)
    found = lw.explain(net, x, target=1)
    with torch.no_grad():
        net[7].weight.mul_(1.5)
    with pytest.raises(ModelError, match="changed since this explanation was made; explain again"):
        _ = found.ledger
