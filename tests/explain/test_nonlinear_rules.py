"""Norms, attention, products, gates and lp pooling against their published formulas, written with torch's autograd.

Where a rule holds a part constant the oracle detaches it; where it gives a factor half, the oracle halves its
gradient. The layers around are LRP-0, so R = x times that gradient.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import gradient, normal, uniform


class Body(nn.Module):
    def __init__(self, body, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.body = body
        self.double().eval()

    def forward(self, x):
        return self.body(self, x).flatten(1)


def made(body, build):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        parts = build()
        for part in parts.values():
            for parameter in part.parameters():
                nn.init.normal_(parameter, std=0.7)
    return Body(body, **parts)


def follows(net, written, x, rules=("lrp-0", "attn-lrp")):
    """LRP on the net is x times the gradient of `written`, which has the same scores and the same parameters."""
    twin = Body(written)
    twin.__dict__["_modules"] = net._modules
    torch.testing.assert_close(net(x), twin(x), rtol=1e-10, atol=1e-12)
    weight = normal(*net(x).shape, seed=5)
    expected = gradient(twin, x, weight) * x
    assert float((expected - gradient(net, x, weight) * x).abs().max()) > 1e-3, "this is the plain gradient"
    for name in rules:
        found = lw.explain(net, x, rules=name, target=lambda out: (out * weight).sum(1))
        oracle.close(found.relevance, expected, 1e-10 if name == "lrp-0" else 1e-4)
        moved = max([float(found.score.abs().sum()), *(abs(row.incoming) for row in found.ledger)])
        assert abs(found.ledger.unaccounted) <= 1e-9 * moved


def standardized(x, axes, epsilon=1e-5, *, centred=True):
    mean = x.mean(axes, keepdim=True) if centred else 0
    size = ((x - mean) ** 2).mean(axes, keepdim=True) + epsilon
    return (x - mean) * size.detach().rsqrt()


def per_channel(norm, x):
    spread = (1, -1, *[1] * (x.dim() - 2))
    return x if norm.weight is None else x * norm.weight.view(spread) + norm.bias.view(spread)


def grouped(norm, x):
    return standardized(x.view(len(x), norm.num_groups, -1), 2).view_as(x)


PICTURE, ROWS = (4, 3, 3), (3, 6)
NORMS = {
    "layer norm": (lambda: nn.LayerNorm(6), ROWS, lambda n, x: standardized(x, 2) * n.weight + n.bias),
    "layer norm, no bias": (lambda: nn.LayerNorm(6, bias=False), ROWS, lambda n, x: standardized(x, 2) * n.weight),
    "layer norm over two axes": (
        lambda: nn.LayerNorm((3, 6)), ROWS, lambda n, x: standardized(x, (1, 2)) * n.weight + n.bias
    ),
    "layer norm, not affine": (
        lambda: nn.LayerNorm(6, elementwise_affine=False), ROWS, lambda n, x: standardized(x, 2)
    ),
    "layer norm, large epsilon": (
        lambda: nn.LayerNorm(6, eps=0.5), ROWS, lambda n, x: standardized(x, 2, 0.5) * n.weight + n.bias
    ),
    "group norm": (lambda: nn.GroupNorm(2, 4), PICTURE, lambda n, x: per_channel(n, grouped(n, x))),
    "group norm, one group": (lambda: nn.GroupNorm(1, 4), PICTURE, lambda n, x: per_channel(n, grouped(n, x))),
    "instance norm 1d": (
        lambda: nn.InstanceNorm1d(3, affine=True), ROWS, lambda n, x: per_channel(n, standardized(x, 2))
    ),
    "instance norm 2d": (
        lambda: nn.InstanceNorm2d(4, affine=True), PICTURE, lambda n, x: per_channel(n, standardized(x, (2, 3)))
    ),
    "instance norm 2d, not affine": (
        lambda: nn.InstanceNorm2d(4), PICTURE, lambda n, x: standardized(x, (2, 3))
    ),
    "rms norm": (
        lambda: nn.RMSNorm(6, eps=1e-3), ROWS, lambda n, x: standardized(x, 2, 1e-3, centred=False) * n.weight
    ),
    "rms norm, default epsilon": (
        lambda: nn.RMSNorm(6), ROWS,
        lambda n, x: standardized(x, 2, torch.finfo(torch.float64).eps, centred=False) * n.weight,
    ),
    "rms norm over two axes": (
        lambda: nn.RMSNorm((3, 6), eps=1e-3), ROWS,
        lambda n, x: standardized(x, (1, 2), 1e-3, centred=False) * n.weight,
    ),
}  # fmt: skip


@pytest.mark.parametrize("inner", [False, True], ids=["at the input", "between layers"])
@pytest.mark.parametrize("kind", NORMS)
def test_norms_hold_their_deviation_constant(kind, inner):
    build, shape, formula = NORMS[kind]
    layers = {"before": nn.Linear(shape[-1], shape[-1]), "after": nn.Linear(shape[-1], 2)} if inner else {}
    before, after = (
        (lambda net, x: net.before(x), lambda net, x: net.after(x)) if inner else (lambda net, x: x,) * 2
    )
    net = made(lambda net, x: after(net, net.norm(before(net, x))), lambda: {"norm": build(), **layers})
    follows(net, lambda net, x: after(net, formula(net.norm, before(net, x))), normal(2, *shape))


def test_rms_norm_by_hand_is_the_module():
    def by_hand(net, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-3) * net.norm.weight

    net = made(by_hand, lambda: {"norm": nn.RMSNorm(6)})
    follows(net, lambda net, x: standardized(x, 2, 1e-3, centred=False) * net.norm.weight, normal(2, *ROWS))


# -- products ---------------------------------------------------------------------------------------


def half(x):
    """The number itself, with half its gradient."""
    return x / 2 + x.detach() / 2


def two():
    return {"one": nn.Linear(6, 6), "other": nn.Linear(6, 6)}


PRODUCTS = {
    "x y": (lambda a, b: a * b, lambda a, b: half(a) * half(b)),
    "x x": (lambda a, b: a * a, lambda a, b: half(a) * half(a)),
    "x y, broadcast": (lambda a, b: a * b[..., :1], lambda a, b: half(a) * half(b)[..., :1]),
    "x y, in place": (lambda a, b: a.mul_(b), lambda a, b: half(a) * half(b)),
    "matmul": (lambda a, b: a @ b.mT, lambda a, b: half(a) @ half(b).mT),
    "matmul with itself": (lambda a, b: a @ a.mT, lambda a, b: half(a) @ half(a).mT),
    "baddbmm": (
        lambda a, b: torch.baddbmm(a[..., :3], a, b.mT, beta=0.5, alpha=2),
        lambda a, b: 0.5 * a[..., :3] + 2 * half(a) @ half(b).mT,
    ),
    "einsum": (
        lambda a, b: torch.einsum("bij,bkj->bki", a, b),
        lambda a, b: torch.einsum("bij,bkj->bki", half(a), half(b)),
    ),
    "gate": (lambda a, b: a * b.sigmoid(), lambda a, b: a * b.sigmoid().detach()),
    "gate first": (lambda a, b: b.sigmoid() * a, lambda a, b: b.sigmoid().detach() * a),
    "gate of each row": (
        lambda a, b: a * b.mean(2).sigmoid().unsqueeze(2),
        lambda a, b: a * b.mean(2).sigmoid().unsqueeze(2).detach(),
    ),
    "hard gate": (lambda a, b: a * F.hardsigmoid(b), lambda a, b: a * F.hardsigmoid(b).detach()),
    "glu": (
        lambda a, b: F.glu(torch.cat([a, b], 2), 2),
        lambda a, b: a * b.sigmoid().detach(),
    ),
    "quotient": (lambda a, b: a / (b.abs() + 1), lambda a, b: a / (b.abs() + 1).detach()),
    "softmax": (lambda a, b: a.softmax(2) * b, lambda a, b: half(a.softmax(2)) * half(b)),
}


@pytest.mark.parametrize("kind", PRODUCTS)
def test_products_give_halves_and_gates_take_nothing(kind):
    engine, formula = PRODUCTS[kind]
    net = made(lambda net, x: engine(net.one(x), net.other(x)), two)
    follows(net, lambda net, x: formula(net.one(x), net.other(x)), normal(2, *ROWS))


def test_softmax_follows_its_published_formula():
    """R_i = x_i (R_i - s_i sum_j R_j)."""
    x, weight = normal(2, 5), normal(2, 5, seed=5)
    net = Body(lambda net, x: x.softmax(1))
    found = lw.explain(net, x, rules="attn-lrp", target=lambda out: (out * weight).sum(1))
    s = x.softmax(1)
    r = s * weight
    oracle.close(found.relevance, x * (r - s * r.sum(1, keepdim=True)), 1e-10)


MASK = torch.tensor([[0.0, -torch.inf, 0.3], [0.1, 0.0, -1.0], [0.5, 0.2, 0.0]], dtype=torch.float64)
CALLS = {
    "plain": {},
    "scale": {"scale": 0.4},
    "float mask": {"attn_mask": MASK},
    "bool mask": {"attn_mask": MASK > -0.5},
    "causal": {"is_causal": True},
    "grouped queries": {"enable_gqa": True},
}


def written_out(q, k, v, attn_mask=None, is_causal=False, scale=None, enable_gqa=False, share=half):
    if enable_gqa:
        k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], 1) for part in (k, v))
    scores = share(q) @ share(k).mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(3, 3).tril().bool()
    if attn_mask is not None:
        scores = (
            scores.masked_fill(~attn_mask, -torch.inf)
            if attn_mask.dtype == torch.bool
            else scores + attn_mask
        )
    return share(scores.softmax(-1)) @ share(v)


def heads(x):
    return x.unflatten(2, (2, 3)).transpose(1, 2)


@pytest.mark.parametrize("backend", [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH], ids=str)
@pytest.mark.parametrize("call", CALLS)
def test_attention_in_every_backend_is_the_attention_written_out(call, backend):
    more = CALLS[call]
    kv = slice(0, 1) if "enable_gqa" in more else slice(None)

    def body(attend):
        return lambda net, x: attend(heads(net.q(x)), heads(net.k(x))[:, kv], heads(net.v(x))[:, kv], **more)

    net = made(body(F.scaled_dot_product_attention), lambda: {name: nn.Linear(6, 6) for name in "qkv"})
    x = normal(2, *ROWS)
    with sdpa_kernel(backend):
        follows(net, body(written_out), x)
        # ... and the engine finds the same on the formula itself.
        by_hand = Body(body(lambda *parts, **more: written_out(*parts, **more, share=lambda part: part)))
        by_hand.__dict__["_modules"] = net._modules
        maps = [lw.explain(model, x, rules="attn-lrp", target=3).relevance for model in (net, by_hand)]
    oracle.close(*maps, 1e-9)


@pytest.mark.parametrize("backend", [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH], ids=str)
@pytest.mark.parametrize(
    "pick",
    [lambda a, b: (a, a, a), lambda a, b: (a, b, a), lambda a, b: (a, a, b), lambda a, b: (a, b, b)],
    ids=["q = k = v", "q = v", "q = k", "k = v"],
)
def test_one_tensor_in_several_places_has_the_shares_of_each(pick, backend):
    def body(attend):
        return lambda net, x: attend(*pick(heads(net.one(x)), heads(net.other(x))))

    net = made(body(F.scaled_dot_product_attention), two)
    with sdpa_kernel(backend):
        follows(net, body(written_out), normal(2, *ROWS))


# -- lp pooling ------------------------------------------------------------------------------------

POOLS = {
    "1d": (nn.LPPool1d(2, 3, 2), nn.AvgPool1d(3, 2), (2, 7)),
    "2d": (nn.LPPool2d(2, 2), nn.AvgPool2d(2), (2, 4, 4)),
    "2d, order 3, overlapping": (nn.LPPool2d(3, 3, 2), nn.AvgPool2d(3, 2), (2, 5, 5)),
    "2d, order 4, not square": (nn.LPPool2d(4, (1, 2)), nn.AvgPool2d((1, 2)), (2, 3, 4)),
    "3d": (nn.LPPool3d(2, 2), nn.AvgPool3d(2), (1, 4, 4, 2)),
}


@pytest.mark.parametrize("rules", ["deep-taylor", "alpha2-beta1", "lrp-0"])
@pytest.mark.parametrize("kind", POOLS)
def test_lp_pooling_shares_in_proportion_to_activations(kind, rules):
    """R_j = x_j / sum x R_k under deep Taylor; by powers, x_j^p / sum x^p R_k, under the basic rule."""
    pool, average, shape = POOLS[kind]
    net, x = nn.Sequential(pool, nn.Flatten()).eval(), uniform(2, *shape)
    weight = normal(*net(x).shape, seed=5)
    found = lw.explain(net, x, rules=rules, target=lambda out: (out * weight).sum(1))
    members = oracle.matrix(average, shape)
    power = pool.norm_type if rules == "lrp-0" else 1
    for one, one_x, r in zip(found.relevance, x, net(x) * weight, strict=True):
        oracle.close(one.flatten(), oracle.share(members * one_x.flatten() ** power, r), 1e-10)
