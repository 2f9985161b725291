"""What named features are: any table's rows become model input and come back, and what does not fit is named."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from torch import nn

import lrpwidgets as lw
from lrpwidgets import domains
from lrpwidgets.domains.features import FeaturesDomain
from lrpwidgets.errors import FileFormatError, InputError

NAMES = ["mean radius", "mean area", "smoothness"]
ROWS = np.array([[17.99, 1001.0, 0.1184], [20.57, 1326.0, 0.08474]])
MEAN, STD = [14.0, 650.0, 0.1], [3.5, 350.0, 0.014]


@pytest.fixture
def domain() -> FeaturesDomain:
    return lw.features(
        NAMES,
        units={"mean radius": "mm", "mean area": "mm2"},
        mean=MEAN,
        std=np.array(STD),
        range={"mean radius": (5, 30), "mean area": (100, 3000), "smoothness": (0, 0.2)},
        groups={"size": ["mean radius", "mean area"]},
    )


def frame(**changed):
    return pd.DataFrame(ROWS, columns=NAMES).assign(**changed)


@pytest.mark.parametrize(
    "given",
    [
        ROWS,
        ROWS.tolist(),
        list(ROWS),
        torch.tensor(ROWS),
        list(torch.tensor(ROWS)),
        sparse.csr_matrix(ROWS),
        frame(),
        frame()[NAMES[::-1]],
        {name: ROWS[:, at] for at, name in enumerate(NAMES)},
        {name: torch.tensor(ROWS[:, at]) for at, name in reversed(list(enumerate(NAMES)))},
        [dict(zip(NAMES, row, strict=True)) for row in ROWS],
        [row for _, row in frame().iterrows()],
    ],
    ids=lambda given: type(given).__name__,
)
def test_rows_of_every_kind_are_the_same_input_and_come_back(domain, given):
    assert isinstance(domain, domains.Domain)
    x = domain.encode(given)
    assert x.dtype == torch.float32
    wanted = (torch.tensor(ROWS) - torch.tensor(MEAN).double()) / torch.tensor(STD).double()
    torch.testing.assert_close(x, wanted.float(), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(domain.decode(x), ROWS, rtol=1e-6)


def test_one_row_and_whole_numbers(domain):
    for given in (ROWS[0], dict(zip(NAMES, ROWS[0], strict=True)), frame().iloc[0]):
        assert domain.encode(given).shape == (1, 3)
    plain = lw.features(["a", "b"])
    assert plain.encode([1, True]).tolist() == [[1.0, 1.0]]
    assert plain.input_range is None
    assert plain.decode(plain.encode([[3, 4]])).tolist() == [[3.0, 4.0]]
    assert plain.encode(np.array([[1, 2.5]], object)).tolist() == [[1.0, 2.5]]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (frame().rename(columns={"mean area": "mean aera"}), "unknown feature 'mean aera'.*'mean area'"),
        (frame().drop(columns="smoothness"), "missing: 'smoothness'"),
        (frame(age=3), "unknown feature 'age'"),
        (pd.DataFrame(np.ones((2, 4)), columns=[*NAMES, NAMES[0]]), "twice"),
        (frame(smoothness=["0.1", "high"]), "'smoothness' of sample 0 must be a number, not str '0.1'"),
        (
            [dict(zip(NAMES, ROWS[0], strict=True)), dict(zip(NAMES, [1, None, 2], strict=True))],
            "'mean area' of sample 1 must be a number, not nothing",
        ),
        (frame(smoothness=[0.1, np.nan]), "'smoothness' of sample 1 is nan: fill"),
        (frame(smoothness=[np.nan] * 2), "'smoothness' of sample 0 is nan, one of 2 values that are missing"),
        (np.where(ROWS > 1300, np.inf, ROWS), "'mean area' of sample 1 is inf"),
        (np.array([["1", "2", "x"]]), "'mean radius' of sample 0"),
        (ROWS[:, :2], r"\(2, 2\).*3 features \(mean radius"),
        (ROWS[None], r"\(1, 2, 3\)"),
        ([[1.0, 2.0, 3.0], [1.0]], "equally long"),
        (
            {"mean radius": [1, 2], "mean area": [1], "smoothness": [1, 2]},
            "has 2 values, but 'mean area' has 1",
        ),
        (frame(smoothness=[1j, 1j]), "'smoothness' of sample 0"),
        (frame(smoothness=[pd.NA, 1]), "NAType"),
    ],
    ids=str,
)
def test_what_is_no_such_row_is_named(domain, given, words):
    with pytest.raises(InputError, match=words):
        domain.encode(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"names": "abc"}, "not the text 'abc'"),
        ({"names": []}, "1 to"),
        ({"names": ["a", " "]}, "name is text"),
        ({"names": ["a", "b", "a"]}, "twice: 'a'"),
        ({"names": ["a", "b"], "mean": [1]}, "mean has 1 entries"),
        ({"names": ["a", "b"], "std": [1, 0]}, "std of 'b'.*above 0"),
        ({"names": ["a"], "mean": "x"}, "mean of 'a'"),
        ({"names": ["age"], "mean": {"aeg": 1}}, "mean: unknown feature 'aeg'; did you mean 'age'"),
        ({"names": ["a", "b"], "std": {"a": 1}}, "std leaves out 'b'"),
        ({"names": ["a"], "units": {"b": "mm"}}, "units: unknown feature 'b'"),
        ({"names": ["a"], "range": 3}, "range must be"),
        ({"names": ["a"], "range": (2, 1)}, "range of 'a'"),
        ({"names": ["a"], "groups": {"g": ["b"]}}, "unknown feature 'b'"),
        ({"names": ["a"], "groups": {"g": "a"}}, "list of features"),
        ({"names": ["a"], "groups": {"g": ["a"], "h": ["a"]}}, "'g' and 'h'"),
        ({"names": ["a"], "groups": {"g": ["a"], "h": {"i": ["a"]}}}, "all"),
        ({"names": ["a"], "groups": {"rest": ["a"]}}, "rest"),
        ({"names": ["a"], "groups": {"features": {"g": ["a"]}}}, "none called 'features'"),
    ],
    ids=str,
)
def test_a_description_that_contradicts_itself_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        lw.features(**given)


def test_values_are_read_aloud_with_their_unit(domain):
    x = domain.encode(ROWS)
    assert domain.read(x, (0, 0)) == "mean radius 17.99 mm"
    assert domain.read(x[1], (1,)) == "mean area 1326 mm2"
    assert domain.read(x, (1, 2)) == "smoothness 0.08474"
    assert domain.unit == ""
    assert lw.features(["a", "b"], units="kg").unit == "kg"


def test_the_box_is_the_range_as_the_model_sees_it(domain):
    low, high = domain.input_range
    torch.testing.assert_close(low, domain.encode([5.0, 100.0, 0.0]))
    torch.testing.assert_close(high, domain.encode([30.0, 3000.0, 0.2]))
    assert lw.features(["a", "b"], range=([0, 1], 3)).input_range[0].tolist() == [[0.0, 1.0]]


def test_groups_pool_by_name(domain):
    net = nn.Linear(3, 2)
    ex = lw.explain(net, frame(), input=domain, target=0, method="gradient-x-input")
    assert domain.groupings == ("groups", "features")
    found = lw.measure.pool(ex, "groups")
    assert set(found.names) == {"rest", "size"}
    torch.testing.assert_close(found["size"], ex.relevance[:, :2].double().sum(1))
    each = lw.measure.pool(ex, "features")
    assert each.names == tuple(NAMES)
    torch.testing.assert_close(each.net, ex.relevance.double())
    with pytest.raises(InputError, match="grp"):
        lw.measure.pool(ex, "grp")
    two = lw.features(NAMES, groups={"a": {"g": NAMES[:1]}, "b": {"h": NAMES[:1], "i": NAMES[1:]}})
    assert two.groupings == ("a", "b", "features")
    labels, names = two.groups("b", torch.zeros(4, 3))
    assert (labels.tolist(), names) == ([[0, 1, 1]], ("h", "i"))


def test_a_row_by_name_is_explained_and_not_taken_for_keywords(domain):
    net = nn.Linear(3, 2)
    row = dict(zip(NAMES, ROWS[0].tolist(), strict=True))
    wanted = lw.explain(net, ROWS[:1], input=domain, target=1)
    assert torch.equal(lw.explain(net, row, input=domain, target=1).relevance, wanted.relevance)
    by_keyword = {"input": domain.encode(ROWS[:1])}  # what nn.Linear calls its input
    assert torch.equal(lw.explain(net, by_keyword, input=domain, target=1).relevance, wanted.relevance)
    with pytest.raises(InputError, match="dict that holds no tensor"):
        lw.explain(net, row, target=1)
    with pytest.raises(InputError, match="2 features"):
        lw.explain(nn.Linear(3, 2), torch.zeros(1, 3), input=lw.features(["a", "b"]))


def test_code_makes_the_domain_again(domain):
    assert eval(domain.code, {"lw": lw}) == domain  # noqa: S307 (our own)
    two = lw.features(["a", "b"], units="kg", groups={"x": {"g": ["a"]}, "y": {"h": ["b"]}})
    assert eval(two.code, {"lw": lw}) == two  # noqa: S307
    many = lw.features([f"word {at}" for at in range(20_000)])
    assert many.code == "lw.features(names=names)"


def test_it_goes_through_a_file(domain, tmp_path):
    assert domains.from_json(json.loads(json.dumps(domain.to_json()))) == domain
    ex = lw.explain(nn.Linear(3, 2), ROWS, input=domain, target=0)
    loaded = lw.load(ex.save(tmp_path / "row.lrp.json"))
    assert loaded.domain == domain
    assert torch.equal(loaded.relevance, ex.relevance)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "signal"}, "signal domain"),
        ({"names": None}, "names must be a list"),
        ({"names": ["a", 3, "c"]}, "names must be texts"),
        ({"names": ["a", "b"]}, "not usable"),
        ({"mean": [1, True, 2]}, "finite numbers"),
        ({"mean": [1, 10**400, 2]}, "finite numbers"),
        ({"std": None}, "not usable.*together"),
        ({"groups": [["x", [["g", ["nobody"]]]]]}, "not usable.*nobody"),
        ({"groups": [["x"]]}, "pair"),
        ({"groups": {"x": 1}}, "list of at most"),
        ({"note": 3}, "note"),
        ({"surprise": 1}, "surprise"),
    ],
    ids=str,
)
def test_a_file_is_not_trusted(domain, change, words):
    with pytest.raises(FileFormatError, match=words):
        domains.from_json({**domain.to_json(), **change})
    data = domain.to_json()
    del data["units"]
    with pytest.raises(FileFormatError, match="no entry 'units'"):
        domains.from_json(data)
