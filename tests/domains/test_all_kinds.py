"""One path for every kind of input: explain, pool, flip, save, load, show, and the Python that does it again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import domains, measure
from lrpwidgets.widgets import kinds


def image():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    return net, np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8), lw.image()


def features():
    domain = lw.features(["height", "weight", "age"], groups={"body": ["height", "weight"]})
    return nn.Linear(3, 2), [[1.7, 70.0, 30.0], [1.6, 80.0, 50.0]], domain


def signal():
    domain = lw.signal(["l", "r"], 10, unit="uV", positions={"l": (-0.5, 0), "r": (0.5, 0)})
    return nn.Sequential(nn.Flatten(), nn.Linear(24, 2)), torch.randn(2, 2, 12), domain


def sequence():
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 2)), ["ACGTACGTA", "TTNGCATTA"], lw.sequence("ACGT")


def text():
    domain = lw.text(["", "the", "orbit", "moon", "of"])
    net = nn.Sequential(nn.Embedding(5, 3, padding_idx=0), nn.Flatten(), nn.Linear(12, 2))
    return net, ["The orbit. The moon", "Moon"], domain


def bag():
    domain = lw.text(["the", "orbit", "moon", "of"], bag=True)
    return nn.Linear(4, 2), ["The orbit. The moon", "Moon of"], domain


def molecule():
    net = lw.zoo.molecules()
    both = lw.molecule(
        numbers=[["O", "H", "H"], ["N", "N"]],
        positions=[[[0, 0, 0.1], [0, 0.76, -0.5], [0, -0.76, -0.5]], [[0, 0, 0], [0, 0, 1.1]]],
        elements=net.elements,
    )
    return net.at(both), both.charges, both


KINDS = {each.__name__: each for each in (image, features, signal, sequence, text, bag, molecule)}


@pytest.fixture(params=KINDS)
def asked(request):
    torch.manual_seed(0)
    model, x, domain = KINDS[request.param]()
    asked = {"rules": "lrp-0", "target": 0, "input": domain}
    return model.eval(), x, domain, lw.explain(model.eval(), x, **asked)


def named(domain):
    """What is too long to be spelled out in code, by the names that stand for it there."""
    return {"vocabulary": list(domain.vocabulary)} if domain.kind == "text" else {}


def test_every_kind_is_among_these():
    assert {make()[2].kind for make in KINDS.values()} == set(domains.KINDS) == set(kinds.VIEWS)


def test_every_division_that_a_domain_names_is_pooled_and_flipped(asked):
    model, _, domain, ex = asked
    assert domain.groupings
    for name in domain.groupings:
        pooled = measure.pool(ex, name)
        torch.testing.assert_close(pooled.net.sum(1), ex.relevance.double().flatten(1).sum(1))
    one = ex[0]
    for name in domain.groupings:
        flips = measure.flip(
            model if domain.kind != "molecule" else lw.zoo.molecules().at(domain.at(0)),
            one.input,
            {"lrp": {"rules": "lrp-0"}},
            regions=name,
            removal=0.0 if domain.kind != "text" or domain.bag else 0,
            input=one.domain,
            target=0,
        )
        scores = next(iter(flips.curves.values())).scores[0]
        assert scores[0] == pytest.approx(float(one.score), rel=1e-4)
        groups = [n for n in measure.pool(one, name).names if n != "rest"]
        assert len(scores) == 1 + len(groups)


def test_every_kind_is_kept_and_drawn_in_every_format(asked, tmp_path):
    *_, domain, ex = asked
    for ending in ("png", "svg", "html", "lrp.json"):
        ex.save(tmp_path / f"x.{ending}")
        assert (tmp_path / f"x.{ending}").stat().st_size > 500
    again = lw.load(tmp_path / "x.lrp.json")
    assert torch.equal(again.relevance, ex.relevance)
    assert again.domain == ex.domain
    assert again.domain.kind == domain.kind


def test_the_code_of_every_kind_makes_it_again(asked):
    model, x, domain, ex = asked
    found = eval(ex.code, {"lw": lw, "model": model, "x": x, **named(domain)})  # noqa: S307  code of ours
    assert torch.equal(found.relevance, ex.relevance)
    assert found.domain == ex.domain
    view = lw.view(ex)
    assert type(view).__name__ == kinds.VIEWS[domain.kind].partition(":")[2]
    again = {"lw": lw, "model": model, "x": x, "inputs": x, **named(domain)}
    exec(view.code, again)  # noqa: S102
