"""LRP on every model: the identities of the paper, conservation layer by layer, batches, other ways of writing it."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import gradient
from tests.explain.test_untouched import assert_same, modes, state_of
from tests.models.cases import CASES, Case, with_biases_below_zero
from tests.models.test_untouched import in_training

PIECEWISE_LINEAR = [case for case in CASES if case.piecewise_linear]
DEEP_TAYLOR = [case for case in CASES if case.deep_taylor]
PRESETS = [
    *((case, case.preset) for case in CASES),
    *((case, "epsilon") for case in CASES if case.preset != "epsilon"),
]


def positive(case: Case, model):
    """Input in [0, 1], for each of whose samples the top score is positive."""
    x = case.input(24, signed=False)
    outputs = torch.cat([model(one[None]).detach() for one in x])
    x = x[outputs.amax(1) > 0.05][:3]
    assert len(x) == 3
    return x


@pytest.mark.parametrize("case", PIECEWISE_LINEAR, ids=str)
def test_lrp_0_is_gradient_x_input(case: Case):
    model, x = case.model(), case.input(1 if case.branches else 3)
    found = lw.explain(model, x, rules="lrp-0", target=1)
    oracle.close(found.relevance, gradient(model, x, target=1) * x, 1e-10)


@pytest.mark.parametrize("case", PIECEWISE_LINEAR, ids=str)
def test_epsilon_goes_to_gradient_x_input(case: Case):
    model, x = case.model(), case.input(1 if case.branches else 3)
    rules = lw.preset({"*": lw.Epsilon(1e-12)}, base="epsilon")
    found = lw.explain(model, x, rules=rules, target=1)
    oracle.close(found.relevance, gradient(model, x, target=1) * x, 1e-6)


@pytest.mark.parametrize("input_range", [(0.0, 1.0), None], ids=["zB", "w^2"])
@pytest.mark.parametrize("case", DEEP_TAYLOR, ids=str)
def test_deep_taylor_conserves_in_every_layer_and_is_positive(case: Case, input_range):
    model = with_biases_below_zero(case.model())
    x = positive(case, model)
    found = lw.explain(model, x[:1] if case.branches else x, rules="deep-taylor", input_range=input_range)
    scale = float(found.score.sum())
    assert found.relevance.min() >= -1e-12 * scale
    torch.testing.assert_close(found.total, found.score, rtol=1e-9, atol=0)
    for row in found.ledger:
        assert abs(row.incoming - row.outgoing) <= 1e-9 * scale, row
        assert max(abs(row.bias), abs(row.stabilizer), abs(row.stopped)) <= 1e-9 * scale, row
    assert abs(found.ledger.unaccounted) <= 1e-9 * scale


@pytest.mark.parametrize("case", DEEP_TAYLOR, ids=str)
def test_deep_taylor_loses_only_what_biases_hold_up(case: Case):
    """A unit may live by its bias alone: what reaches it stops there, and the ledger says so."""
    model = case.model()
    x = positive(case, model)
    found = lw.explain(model, x[:1] if case.branches else x, rules="deep-taylor", input_range=(0.0, 1.0))
    score, ledger = float(found.score.sum()), found.ledger
    assert found.relevance.min() >= -1e-12 * score
    stopped = [row.stopped for row in ledger]
    assert all(row.bias == row.stabilizer == 0 for row in ledger)
    assert min(stopped) >= -1e-9 * score
    assert abs(score - float(found.total.sum()) - sum(stopped)) <= 1e-9 * score
    assert sum(stopped) < 0.3 * score


@pytest.mark.parametrize(("case", "rules"), PRESETS, ids=str)
def test_the_ledger_accounts_for_everything(case: Case, rules):
    model, x = case.model(), case.input(1 if case.branches else 3)
    ledger = lw.explain(model, x, rules=rules, target=2).ledger
    moved = max(abs(row.incoming) for row in ledger)
    for row in ledger:
        absorbed = row.bias + row.stabilizer + row.stopped
        assert abs(row.incoming - row.outgoing - absorbed) <= 1e-10 * moved
    assert abs(ledger.unaccounted) <= 1e-9 * moved


@pytest.mark.parametrize(("case", "rules"), [pair for pair in PRESETS if not pair[0].branches], ids=str)
def test_a_batch_is_a_loop(case: Case, rules):
    model, x = case.model(), case.input(4)
    together = lw.explain(model, x, rules=rules, target=[3, 0, 2, 3])
    for index, target in enumerate([3, 0, 2, 3]):
        alone = lw.explain(model, x[index : index + 1], rules=rules, target=target)
        oracle.close(together.relevance[index], alone.relevance[0], 1e-9)


TWINS = [
    pytest.param(case, way, rules, id=f"{case}-{at}-{rules}")
    for case, rules in PRESETS
    for at, way in enumerate(case.twins)
]


@pytest.mark.parametrize(("case", "way", "rules"), TWINS)
def test_the_way_a_model_is_written_changes_nothing(case: Case, way, rules):
    x = case.input()
    maps = [lw.explain(model, x, rules=rules, target=2).relevance for model in (case.model(), case.twin(way))]
    oracle.close(maps[0], maps[1], 1e-9)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_model_is_left_as_it_was(case: Case):
    model, x = in_training(case), case.input()
    before = state_of(model), modes(), x.clone()
    found = lw.explain(model, x, rules=case.preset)
    assert found.ledger.rows
    assert_same(before[0], state_of(model))
    assert_same(before[1], modes())
    assert torch.equal(x, before[2])
