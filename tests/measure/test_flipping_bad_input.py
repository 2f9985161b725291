"""What cannot be flipped is said clearly, at once; scores that become NaN are recorded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from lrpwidgets.errors import InputError, LrpError, MethodError, OutOfMemoryError, TargetError
from lrpwidgets.measure import flip, flip_steps


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 4 * 4, 3))


X = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(0))

WRONG = [
    ({"patch": 7}, InputError, r"larger than the input's \(6, 6\)"),
    ({"patch": (2, 7)}, InputError, "larger"),
    ({"patch": 0}, InputError, "at least 1"),
    ({"patch": 2.0}, InputError, "whole numbers"),
    ({"patch": (1, 1, 1, 1)}, InputError, "4 sides"),
    ({"patch": 2, "regions": torch.zeros(6, 6, dtype=torch.int64)}, InputError, "not both"),
    ({"anywhere": True}, InputError, "size"),
    ({"regions": torch.zeros(5, 6, dtype=torch.int64)}, InputError, r"\(5, 6\) does not broadcast"),
    ({"regions": torch.zeros(6, 6)}, InputError, "whole numbers"),
    ({"regions": torch.full((6, 6), -1)}, InputError, "no region"),
    ({"steps": 0}, InputError, "steps must be a whole number of at least 1, not 0"),
    ({"steps": 37}, InputError, "at most 36 steps"),
    ({"steps": True}, InputError, "steps"),
    ({"per_step": 0}, InputError, "per_step"),
    ({"chunk": 0}, InputError, "chunk"),
    ({"order": "mst"}, InputError, "did you mean 'most'"),
    ({"removal": "blurr"}, InputError, "did you mean 'blur'"),
    ({"removal": torch.zeros(5)}, InputError, "broadcasts to the input"),
    ({"removal": float("nan")}, InputError, "finite"),
    ({"removal": None}, InputError, "NoneType"),
    ({"removal": "blur", "sigma": 0}, InputError, "sigma"),
    ({"score": "logits"}, InputError, "did you mean 'logit'"),
    ({"score": lambda out, target: out}, InputError, r"shape \(2,\), not \(2, 3\)"),
    ({"score": "probability", "target": lambda out: out[:, 0]}, InputError, "score"),
    ({"target": 3}, TargetError, "out of range"),
    ({"methods": []}, MethodError, "no method"),
    ({"methods": "lpr"}, MethodError, "did you mean 'lrp'"),
    ({"methods": ["lrp", "lrp"]}, MethodError, "twice"),
    ({"methods": [X]}, MethodError, "no name"),
    ({"methods": {"a": None}}, MethodError, "NoneType"),
    ({"methods": {"a": {"method": "lrp", "target": 1}}}, MethodError, "leave it out"),
    ({"methods": {"a": X[:1]}}, InputError, r"shape \(1, 1, 6, 6\)"),
    ({"methods": {"a": X * float("nan")}}, InputError, "orders nothing"),
    ({"methods": {"a": X}, "recompute": True}, InputError, "cannot be recomputed"),
    ({"methods": {"a": [[0, 1, 0], [0, 1, 2]]}}, InputError, "sample 0 flips region 0 at place 2"),
    ({"methods": {"a": [0, 1]}, "patch": 2, "anywhere": True}, InputError, "overlaps"),
    ({"methods": {"a": [36]}}, InputError, "outside 0 to 35"),
    ({"methods": {"a": torch.zeros(3, 1, dtype=torch.int64)}}, InputError, "for 2 samples"),
]


@pytest.mark.parametrize(
    ("settings", "kind", "words"), WRONG, ids=[str(case[0]).partition(" at 0x")[0][:60] for case in WRONG]
)
def test_it_is_refused_before_the_first_step(model, settings, kind, words):
    with pytest.raises(kind, match=words) as caught:
        flip_steps(model, X, **{"methods": "lrp", **settings})
    assert isinstance(caught.value, LrpError)


def test_methods_and_removals_that_fail_on_the_way_say_so(model):
    with pytest.raises(InputError, match=r"'mine' gives relevance of shape \(2, 36\)"):
        flip(model, X, {"mine": lambda x, target: x.flatten(1)})
    with pytest.raises(InputError, match=r"removal function must return a tensor of \(2, 1, 6, 6\)"):
        flip(model, X, removal=lambda x, removed: x[0])
    with pytest.raises(InputError, match="whole numbers"):
        flip(nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 2)), torch.tensor([[1, 2]]))


def test_a_model_that_fails_or_runs_out_of_memory_says_so(model):
    with pytest.raises(
        InputError, match=r"the model \(Sequential\) fails in its forward on an input of shape \(2, 1, 5, 5\)"
    ):
        flip_steps(model, X[:, :, 1:, 1:])

    class Large(nn.Module):
        def forward(self, x):
            raise torch.OutOfMemoryError("tried to allocate too much")

    with pytest.raises(OutOfMemoryError, match="chunk=1"):
        flip_steps(Large(), X, chunk=1)


class Breaks(nn.Module):
    """Fine until the first variable is gone."""

    def forward(self, x):
        return torch.stack([x.flatten(1).sum(1) + 0 * torch.log(x.flatten(1)[:, 0]), x.flatten(1)[:, 1]], 1)


@pytest.mark.parametrize("recompute", [False, True])
def test_scores_that_become_nan_are_recorded_and_the_rest_goes_on(recompute):
    x = torch.tensor([[0.9, 0.1, 0.2], [0.1, 0.8, 0.5]], dtype=torch.float64)
    relevance = {"own": lambda now, target: now}
    flips = flip(Breaks(), x, relevance, removal=0.0, target=0, recompute=recompute)
    found = flips["own"].scores
    assert np.isnan(found[0, 1:]).all()
    np.testing.assert_allclose(found[1, :3], [1.4, 0.6, 0.1], rtol=1e-9)
    assert np.isnan(found[1, 3])
    assert "2 samples became NaN" in repr(flips)
    if recompute:
        assert flips["own"].order[0].tolist() == [0, -1, -1]


def test_nothing_finite_at_the_start_is_an_error():
    with pytest.raises(InputError, match="every unflipped sample"):
        flip(Breaks(), torch.zeros(1, 3) - 1, "random", target=1)
