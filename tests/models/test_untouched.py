"""Explaining leaves every model as it was: parameters, buffers, gradients, flags, hooks, and torch's own modes."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from tests.explain.test_untouched import assert_same, modes, state_of
from tests.models.cases import CASES, Case


def in_training(case: Case):
    """A model in the middle of its training: half frozen, with gradients, hooks and its flags mixed."""
    model = case.model().train()
    for index, (name, child) in enumerate(model.named_children()):
        child.train(index % 2 == 0)
        child.requires_grad_(index % 3 != 1)
        child.register_forward_hook(lambda module, args, out, name=name: None)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    return model


@pytest.mark.parametrize("method", ["sensitivity", "gradient-x-input"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_after_gradient_methods(case: Case, method):
    model, x = in_training(case), case.input()
    before = state_of(model), modes(), x.clone()
    found = lw.explain(model, x, method=method)
    assert_same(before[0], state_of(model))
    assert_same(before[1], modes())
    assert torch.equal(x, before[2])
    assert any("training mode" in note for note in found.notes)
    settled = case.model()
    torch.testing.assert_close(found.output, settled(x).detach())  # dropout and batch norm as in eval mode
