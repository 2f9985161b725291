"""No gradient goes by unsaid: what LRP has no rule for raises, what a gradient method leaves to autograd is named."""

from __future__ import annotations

import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import RuleError, UnsupportedOperationError
from lrpwidgets.explain.lrp import LRP
from lrpwidgets.explain.operations import OPERATIONS
from tests.explain import oracle
from tests.explain.nets import gradient, normal
from tests.explain.operation_nets import CASES, Around

C = normal(4, seed=9)
INDEX = torch.tensor([[0, 0, 1, 2]])


def square(x):
    return x.view(-1, 2, 2)


def scaled_back(normed, mean, inverse):
    return normed / inverse + mean


# ATen's name: an operation on x of (batch, 4) that LRP has no rule for, and whether the gradient table knows it.
WITHOUT_RULE = {
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": lambda x: (x.abs() + 1).log(),
    "log1p": lambda x: x.abs().log1p(),
    "log2": lambda x: (x.abs() + 1).log2(),
    "log10": lambda x: (x.abs() + 1).log10(),
    "sin": torch.sin,
    "cos": torch.cos,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "atan": torch.atan,
    "erf": torch.erf,
    "erfc": torch.erfc,
    "reciprocal": lambda x: 1 / (x + 9),
    "rsqrt": lambda x: (x + 9).rsqrt(),
    "prod": lambda x: x.prod(1, keepdim=True) * C,
    "logsumexp": lambda x: x.logsumexp(1, keepdim=True) * C,
    "linalg_vector_norm": lambda x: x.norm(dim=1, keepdim=True) * C,
    "std": lambda x: x.std(1, keepdim=True) * C,
    "var": lambda x: x.var(1, keepdim=True) * C,
    "_trilinear": lambda x: F.bilinear(x, x.flip(1), normal(3, 4, 4, seed=3)),
    "_log_softmax": lambda x: x.log_softmax(1),
    "scatter_reduce": lambda x: x.scatter_reduce(1, INDEX.expand(len(x), 4), x.flip(1), "prod"),
    "pow": lambda x: (x.abs() + 1) ** x,
    "div": lambda x: C / (x + 9),
    "native_layer_norm": lambda x: scaled_back(*torch.native_layer_norm(x, (4,), C, None, 1e-5)),
}
UNKNOWN = {
    "cumprod": lambda x: x.cumprod(1),
    "cummax": lambda x: x.cummax(1).values,
    "logcumsumexp": lambda x: x.logcumsumexp(1),
    "addcmul": lambda x: torch.addcmul(x, x, C),
    "addcdiv": lambda x: torch.addcdiv(x, x, C + 5),
    "lerp": lambda x: torch.lerp(x, x.flip(1), 0.3),
    "renorm": lambda x: x.renorm(2, 0, 0.5),
    "_cdist_forward": lambda x: torch.cdist(x[:, None], C[None, None] + x[:, None])[:, 0],
    "_fft_r2c": lambda x: torch.fft.rfft(x).abs(),
    "_fft_c2c": lambda x: torch.fft.ifft(torch.view_as_complex(x.view(-1, 2, 2))).abs(),
    "var_mean": lambda x: torch.var_mean(x, 1, keepdim=True)[0] * C,
    "aminmax": lambda x: torch.aminmax(x, dim=1, keepdim=True).max * C,
    "atan2": lambda x: torch.atan2(x, x.flip(1)),
    "hypot": lambda x: torch.hypot(x, C),
    "logaddexp": lambda x: torch.logaddexp(x, C),
    "linalg_cross": lambda x: torch.linalg.cross(x[:, :3], x[:, 1:]),
    "_linalg_det": lambda x: square(x).det()[:, None] * C,
    "linalg_inv_ex": lambda x: square(x).inverse().flatten(1),
    "linalg_matrix_exp": lambda x: square(x).matrix_exp().flatten(1),
    "_linalg_solve_ex": lambda x: torch.linalg.solve(square(x), normal(1, 2, 2, seed=3)).flatten(1),
    "_linalg_svd": lambda x: torch.linalg.svdvals(square(x)),
    "_linalg_eigh": lambda x: torch.linalg.eigvalsh(square(x) + square(x).mT),
    "linalg_qr": lambda x: torch.linalg.qr(square(x)).R.flatten(1),
    "lgamma": lambda x: (x.abs() + 1).lgamma(),
    "sinc": torch.sinc,
    "xlogy": lambda x: torch.xlogy(x, C.abs()),
    "nan_to_num": torch.nan_to_num,
    "copysign": lambda x: x.copysign(C),
    "remainder": lambda x: x.remainder(0.7),
    "fmod": lambda x: x.fmod(0.7),
    "frac": torch.frac,
    "norm": lambda x: F.pairwise_distance(x, C[None])[:, None] * C,
    "grid_sampler_2d": lambda x: F.grid_sample(
        x.view(-1, 1, 2, 2), normal(1, 2, 2, 2, seed=7).expand(len(x), 2, 2, 2), align_corners=False
    ).flatten(1),
    "logit": lambda x: x.sigmoid().logit(),
    "asin": lambda x: x.tanh().asin(),
    "erfinv": lambda x: x.tanh().erfinv(),
    "index_reduce": lambda x: x.index_reduce(1, torch.tensor([0, 1]), x[:, 2:], "amax"),
    "addr": lambda x: torch.addr(x, x[:, 0], C),
    "addmv": lambda x: torch.addmv(x[:, 0], x, C)[:, None],
    "mse_loss": lambda x: F.mse_loss(x, C.expand_as(x), reduction="none"),
    "huber_loss": lambda x: F.huber_loss(x, C.expand_as(x), reduction="none"),
    "binary_cross_entropy_with_logits": lambda x: F.binary_cross_entropy_with_logits(
        x, C.sigmoid().expand_as(x), reduction="none"
    ),
    "nansum": lambda x: x.nansum(1, keepdim=True) * C,
    "_conj": lambda x: (torch.view_as_complex(x.view(-1, 2, 2)).conj() * 1j).real * 1,
    "polar": lambda x: torch.polar(x.abs(), x).real * 1,
    "linalg_lu": lambda x: torch.linalg.lu(square(x)).U.flatten(1),
    "put": lambda x: x.put(torch.tensor([0]), x[0, 1:2]),
    "ldexp": lambda x: x.ldexp(torch.tensor(2)),
}
EXOTIC = {**WITHOUT_RULE, **UNKNOWN}


class Step(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x)


def net_with(body, *, own=False):
    """Dense layer, the operation in the module `step` (or in the forward of the model itself), dense layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        first, width = nn.Linear(4, 4).double(), body(normal(3, 4)).shape[1]
        net = nn.Sequential()
        net.add_module("first", first)
        net.add_module("step", Step(body))
        net.add_module("last", nn.Linear(width, 3).double())
    if own:

        class Own(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.last = net.first, net.last

            def forward(self, x):
                return self.last(body(self.first(x)))

        return Own().eval()
    return net.eval()


@pytest.mark.parametrize("op", EXOTIC)
def test_gradient_methods_equal_autograd_and_name_what_they_left_to_it(op):
    net, x = net_with(EXOTIC[op]), normal(3, 4)
    weight = normal(3, 3, seed=5)
    expected = gradient(net, x, weight)
    trace = lw.trace(net, x)
    assert op in {node.op for node in trace.nodes}
    target = lambda output: (output * weight).sum(1)  # noqa: E731
    found = trace.explain(method="gradient-x-input", target=target)
    oracle.close(found.relevance, expected * x, 1e-10)
    assert abs(found.ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in found.ledger), (
        "what the gradient does not conserve is in the ledger"
    )
    oracle.close(trace.explain(method="sensitivity", target=target).relevance, expected**2, 1e-10)
    named = f"step (aten.{op})" in " ".join(found.notes)
    assert named == (op in UNKNOWN)


@pytest.mark.parametrize("rules", ["lrp-0", "deep-taylor", "attn-lrp"])
@pytest.mark.parametrize("op", EXOTIC)
def test_lrp_names_the_operation_the_module_the_shapes_and_the_ways_out(op, rules):
    what = rf"^step uses aten\.{op} on \(3[\d, ]*\)"
    ways = rf".*@lrpwidgets\.handles\(\"{op}\"\).*\"step\": lw\.Gradient\(\).*gradient-x-input"
    with pytest.raises(UnsupportedOperationError, match=what + ways):
        lw.explain(net_with(EXOTIC[op]), normal(3, 4), rules=rules, target=0)


@pytest.mark.parametrize("op", EXOTIC)
@pytest.mark.parametrize("own", [False, True], ids=["in a module", "in the model's own forward"])
def test_the_way_out_that_the_message_names_is_the_plain_gradient_there(op, own):
    net, x = net_with(EXOTIC[op], own=own), normal(3, 4)
    with pytest.raises(UnsupportedOperationError) as caught:
        lw.explain(net, x, rules="lrp-0", target=0)
    (entry,) = re.findall(r"lw\.preset\((\{.*?\})\)", str(caught.value))
    preset = lw.preset(eval(entry, {"lw": lw}), base="lrp-0")  # noqa: S307 (as a user would paste it)
    found = lw.explain(net, x, rules=preset, target=1)
    oracle.close(found.relevance, gradient(net, x, target=1) * x, 1e-10)
    assert abs(found.ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in found.ledger)


ONE_BY_ONE = [
    *"exp expm1 sin cos sinh cosh atan erf erfc".split(),
    *"sinc nan_to_num copysign remainder fmod frac hypot xlogy".split(),
]


@pytest.mark.parametrize("op", ONE_BY_ONE)
def test_pass_hands_relevance_on_as_it_is(op):
    net, x = net_with(EXOTIC[op]), normal(3, 4)
    found = lw.explain(net, x, rules=lw.preset({"step": lw.Pass()}, base="lrp-0"), target=1).relevance
    with torch.no_grad():
        z = net.first(x)
        a = net.step(z)
        expected = x * ((net.last.weight[1] * a / z) @ net.first.weight)
    oracle.close(found, expected, 1e-10)


@pytest.mark.parametrize("op", ["prod", "logsumexp", "std", "_log_softmax", "_linalg_det", "norm", "atan2"])
def test_pass_refuses_what_mixes_elements(op):
    with pytest.raises(RuleError, match=r"Pass at step: aten\.\w+ .*element by element.*Gradient"):
        lw.explain(net_with(EXOTIC[op]), normal(3, 4), rules={"step": lw.Pass()}, target=0)


def test_pass_refuses_a_layer_with_weights():
    net = net_with(torch.exp)
    with pytest.raises(RuleError, match="Pass at last: a layer with weights"):
        lw.explain(net, normal(3, 4), rules={"last": lw.Pass(), "step": lw.Pass()}, target=0)


@pytest.mark.parametrize(
    ("op", "body"),
    {
        "heaviside": lambda x: x * torch.heaviside(x, C),
        "_unique2": lambda x: x + torch.unique(x)[:4],
        "scatter": lambda x: x.scatter(1, INDEX.expand(len(x), 4), x * 2, reduce="multiply"),
    }.items(),
)
def test_an_operation_that_torch_has_no_derivative_of_is_named(op, body):
    for question in ({"method": "sensitivity"}, {"rules": "lrp-0"}):
        with pytest.raises(UnsupportedOperationError, match=rf"^step uses aten\.{op} on \(3, 4\)"):
            lw.explain(net_with(body), normal(3, 4), target=0, **question)


# -- enumeration: every entry of the tables -------------------------------------------------------


def test_every_operation_of_the_gradient_table_has_a_rule_or_is_known_to_raise():
    assert set(OPERATIONS) - set(LRP) <= set(WITHOUT_RULE)
    assert set(LRP) <= set(OPERATIONS)


RECORDED: dict[str, list[str]] = {}
for _name, _case in CASES.items():
    if not _case.refused:
        for _op in {node.op for node in lw.trace(Around(_case), normal(2, *_case.shape)).nodes}:
            RECORDED.setdefault(_op, []).append(_name)


@pytest.mark.parametrize("op", sorted(set(RECORDED) & set(LRP)))
def test_without_its_entry_every_operation_raises(op, monkeypatch):
    """Take one rule out of the table: nets that use it raise, or no relevance goes that way (a divisor, a gate)."""
    raised = 0
    for name in RECORDED[op]:
        net, x = Around(CASES[name]), normal(2, *CASES[name].shape)
        trace = lw.trace(net, x)
        with_entry = trace.explain(rules="lrp-0", target=1).relevance
        with monkeypatch.context() as table:
            table.delitem(LRP, op)
            try:
                assert torch.equal(trace.explain(rules="lrp-0", target=1).relevance, with_entry)
            except UnsupportedOperationError as error:
                assert f"uses aten.{op} on" in str(error)  # noqa: PT017
                raised += 1
        if raised == 2:
            break
    assert raised


def test_what_lrp_walks_over_is_in_its_table():
    """Over all nets: no operation that is not in the table, but on ways no relevance takes."""
    without = {op for op in RECORDED if op not in LRP}
    assert without <= {"rsqrt", "reciprocal", "linalg_vector_norm", "std"}, (
        "divisors, which count as constants"
    )
