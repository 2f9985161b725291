"""On every model the gradient methods give what torch's autograd gives, to the last digits of the dtype."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import gradient, normal
from tests.models.cases import CASES, Case


def asked(model, x, dtype, method):
    """The map of a random mix of scores, and autograd's gradient of the same mix."""
    weight = normal(*model(x).shape, seed=5).to(dtype)
    found = lw.explain(model, x, method=method, target=lambda out: (out * weight).sum(1))
    return found, gradient(model, x, weight)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize(("dtype", "at_most"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_gradient_methods_are_autograd(case: Case, dtype, at_most):
    model, x = case.model(dtype), case.input().to(dtype)
    found, expected = asked(model, x, dtype, "gradient-x-input")
    assert expected.abs().max() > 1e-3, "a dead net shows nothing"
    oracle.close(found.relevance, expected * x, at_most)
    found, expected = asked(model, x, dtype, "sensitivity")
    oracle.close(found.relevance, expected.square(), at_most)
    torch.testing.assert_close(found.output, model(x).detach())


@pytest.mark.parametrize("case", [case for case in CASES if not case.branches], ids=str)
def test_a_batch_is_a_loop(case: Case):
    model, x = case.model(), case.input(4)
    together = lw.explain(model, x, method="gradient-x-input", target=[3, 0, 2, 3])
    for index, target in enumerate([3, 0, 2, 3]):
        alone = lw.explain(model, x[index : index + 1], method="gradient-x-input", target=target)
        oracle.close(together.relevance[index], alone.relevance[0], 1e-10)


TWINS = [pytest.param(case, way, id=f"{case}-{at}") for case in CASES for at, way in enumerate(case.twins)]


@pytest.mark.parametrize(("case", "way"), TWINS)
def test_the_way_a_model_is_written_changes_nothing(case: Case, way):
    x = case.input()
    traces = [lw.trace(model, x) for model in (case.model(), case.twin(way))]
    steps = [[(node.path, str(node.func)) for node in trace.nodes] for trace in traces]
    assert steps[0] != steps[1], "these are one way of writing it"
    maps = [trace.explain(method="gradient-x-input", target=2).relevance for trace in traces]
    oracle.close(maps[0], maps[1], 1e-10)
    torch.testing.assert_close(traces[0].output, traces[1].output, rtol=1e-10, atol=1e-12)


def test_a_branch_is_explained_as_taken_and_said():
    case = next(case for case in CASES if case.branches)
    model = case.model()
    ran = {}
    for seed in range(12):
        x = case.input(1, seed=seed)
        found = lw.explain(model, x, method="gradient-x-input", target=1)
        oracle.close(found.relevance, gradient(model, x, target=1) * x, 1e-10)
        assert any("the branch that this input takes" in note for note in found.notes)
        paths = {node.path for node in lw.trace(model, x).nodes}
        ran["bright" if "bright" in paths else "dark", len({p for p in paths if p.startswith("step")})] = True
    assert {way for way, _ in ran} == {"bright", "dark"}
    assert len({times for _, times in ran}) > 1
