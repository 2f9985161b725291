"""A study gives the numbers of the functions it calls, whatever stops it, and loses none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError, InputError, LrpError, MethodError
from lrpwidgets.measure import Box, Noise, continuity, flip, object_context, study, study_means, study_steps
from lrpwidgets.measure.study_journal import from_json, opened, to_json
from lrpwidgets.measure.study_plan import Answer, seed_of
from tests.measure import studied

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def net():
    return studied.net()


@pytest.fixture(scope="module")
def whole(net):
    """The study in one go, in memory."""
    return study(net, studied.inputs(), studied.METHODS, studied.MEASURES, progress=False)


def quick(net, dataset, folder=None, **settings):
    """A study that costs little."""
    asked = {"methods": ["lrp", "sensitivity"], "measures": ["score", "sparsity"], **settings}
    return study(net, dataset, folder=folder, progress=False, **asked)


def values(table, measure, method="lrp"):
    return table[(table.measure == measure) & (table.method == method)].value.to_numpy()


# -- the numbers ----------------------------------------------------------------------------------


def test_a_row_is_what_the_functions_say(net, whole):
    x = studied.inputs()
    for item in (0, 4):
        here = x[item : item + 1]
        rows = whole[(whole.item == item) & (whole.method == "lrp")].set_index("measure")
        explanation = lw.explain(net, here)
        assert rows.loc["score"].value == float(explanation.score)
        assert rows.loc["score"].target == str(explanation.target[0])
        assert rows.loc["called.largest"].value == float(explanation.relevance.max())
        curve = flip(net, here, "lrp", patch=4, removal="noise", seed=seed_of(0, item, "flipping"))["lrp"]
        assert rows.loc["flipping.auc"].value == curve.auc[0]
        assert rows.loc["flipping.area_over"].value == curve.area_over[0]
        near = Noise(draws=1, seed=seed_of(0, item, "continuity"))
        assert rows.loc["continuity"].value == continuity(net, here, near).strongest
        noisy = whole[(whole.item == item) & (whole.method == "noisy") & (whole.measure == "called.largest")]
        seed = seed_of(0, item, "noisy")
        smooth = lw.explain(net, here, method="smoothgrad", samples=3, seed=seed).relevance
        assert noisy.value.item() == float(smooth.max())


def test_sums_regions_and_sparsity(net):
    x, box = studied.inputs(2), Box(0, 0, 4, 4)
    table = study(
        net,
        x,
        "epsilon",
        {
            "total": {},
            "conservation": {},
            "sparsity": {},
            "object": {"region": box},
            "own": {"measure": "object", "region": lambda item: [box, Box(2, 2, 6, 8)][item]},
            "pointing-game": {"region": box, "absolute": True},
            "time": {},
        },
        progress=False,
    )
    for item in range(2):
        rows = table[table.item == item].set_index("measure").value
        explanation = lw.explain(net, x[item : item + 1], rules="epsilon")
        sizes = explanation.relevance.abs().flatten()
        apart = (sizes[:, None] - sizes).abs().sum()
        assert rows["sparsity"] == pytest.approx(float(apart / (2 * len(sizes) * sizes.sum())), rel=1e-12)
        assert rows["total"] == pytest.approx(float(explanation.total), rel=1e-12)
        assert rows["conservation"] == pytest.approx(float(explanation.total / explanation.score), rel=1e-12)
        assert rows["object.share"] == float(object_context(explanation, box).share)
        own = object_context(explanation, [box, Box(2, 2, 6, 8)][item])
        assert rows["own.context"] == float(own.context)
        assert rows["pointing-game"] in {0.0, 1.0}
        assert rows["time"] > 0


def test_a_function_that_asks_for_it_is_told_the_items_number(net):
    known = {0: 0.5, 1: 1.5}

    def looked_up(model, x, explanation, *, item, factor=1):
        return known[item] * factor

    def own(model, item, explanation, *, seen=2):  # `item` is what this one calls the input
        return item.shape[-1] * seen

    measures = {
        "once": looked_up,
        "twice": {"measure": looked_up, "factor": 2},
        "given": {"measure": looked_up, "item": 1},
        "bound": partial(looked_up, item=0),
        "own": own,
    }
    table = study(net, studied.inputs(3), "lrp", measures, progress=False)
    assert values(table, "once")[:2].tolist() == [0.5, 1.5]
    assert values(table, "twice")[:2].tolist() == [1, 3]
    assert values(table, "given").tolist() == [1.5] * 3
    assert values(table, "bound").tolist() == [0.5] * 3
    assert values(table, "own").tolist() == [16] * 3
    assert table[table.error.notna()].error.tolist() == ["KeyError: 2"] * 2


def test_numbers_do_not_depend_on_order_nor_on_company(net, whole):
    turned = dict(reversed(studied.METHODS.items()))
    assert list(turned) == ["random", "noisy", "lrp"]
    part = study(net, studied.inputs(3), turned, dict(reversed(studied.MEASURES.items())), progress=False)
    assert part.method.unique().tolist() == list(turned)
    keys = ["item", "method", "measure"]
    both = part.merge(whole, on=keys, suffixes=("", "_whole"))
    assert len(both) == len(part) == 3 * 3 * 6
    assert (both.value.fillna(-1) == both.value_whole.fillna(-1)).all()
    chance = whole[whole.measure == "called.chance"]
    assert chance.value.nunique() == 6, "one number an item, the same for every method"
    assert whole[whole.measure.eq("called.largest") & whole.method.eq("random")].value.nunique() == 6
    other = study(net, studied.inputs(3), turned, studied.MEASURES, seed=1, progress=False)
    assert not set(values(other, "called.largest", "random")) & set(values(part, "called.largest", "random"))


def test_the_callers_random_numbers_go_on_where_they_were(net):
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    expected = torch.rand(3), np.random.rand(3)  # noqa: NPY002
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    quick(net, studied.inputs(1), methods=["random", "lrp"])
    assert torch.equal(torch.rand(3), expected[0])
    assert (np.random.rand(3) == expected[1]).all()  # noqa: NPY002


def test_the_table_has_every_row_in_order(whole):
    assert list(whole.columns) == ["item", "truth", "target", "method", "measure", "value", "error"]
    names = ["score", "flipping.auc", "flipping.area_over", "continuity", "called.largest", "called.chance"]
    plain = whole[whole.method != "random"]
    assert [*zip(plain.item, plain.method, plain.measure, strict=True)] == [
        (item, method, name) for item in range(6) for method in ("lrp", "noisy") for name in names
    ]
    assert whole.attrs["complete"]
    failed = whole[whole.error.notna()]
    assert set(failed.method) == {"random"}
    assert set(failed.measure) == {"continuity"}, "a map by chance cannot be asked again"


def test_means_have_intervals_and_count_errors(whole):
    table = study_means(whole, confidence=0.9)
    score = values(whole, "score")
    assert table.loc["lrp", "score"]["mean"] == pytest.approx(score.mean(), rel=1e-12)
    assert table.loc["lrp", "score"]["low"] < score.mean() < table.loc["lrp", "score"]["high"]
    assert table.loc["random", "continuity"]["errors"] == 6
    assert table.loc["random", "continuity"]["samples"] == 0
    assert (table.loc["lrp", "samples"] == 6).all()
    with pytest.raises(InputError, match="table of a study"):
        study_means(whole[["value"]])


# -- datasets -------------------------------------------------------------------------------------


def test_inputs_come_in_many_forms(net):
    x, labels = studied.inputs(3), [2, 0, 1]
    expected = quick(net, x)
    assert values(expected, "score").tolist() == [float(lw.explain(net, one[None]).score) for one in x]
    pairs = list(zip(x, labels, strict=True))
    for given in (
        list(x),
        [one[None] for one in x],
        pairs,
        iter(pairs),
        TensorDataset(x, torch.tensor(labels)),
        DataLoader(TensorDataset(x, torch.tensor(labels)), batch_size=1),
    ):
        table = quick(net, given)
        assert (table.value == expected.value).all()
        known = [2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1]
        assert table.truth.tolist() == (
            known if given is not None and table.truth.notna().all() else [None] * 12
        )
    table = quick(net, pairs, target="truth")
    assert table.target.tolist() == [str(label) for label in labels for _ in range(4)]
    assert values(table, "score")[0] == float(net(x[:1])[0, 2].detach())


def test_pictures_are_encoded_and_their_labels_known():
    digits = lw.zoo.mnist()[:2]
    table = study(lw.zoo.digits(), digits, measures="score", progress=False)
    assert table.truth.tolist() == [0, 1]
    assert table.target.tolist() == ["0", "1"]


# -- errors ---------------------------------------------------------------------------------------


class Broken:
    """A dataset of which some items cannot be read until they are mended."""

    def __init__(self, *bad):
        self.bad = set(bad)

    def __len__(self):
        return 4

    def __getitem__(self, item):
        if item in self.bad:
            raise OSError(f"no file {item}")
        return studied.inputs(4)[item]

    def often(self, item):
        """Every second item cannot be read."""
        return self[item % 2]


def test_an_item_that_cannot_be_read_is_recorded_and_the_rest_goes_on(net, tmp_path):
    dataset = Broken(1, 3)
    table = quick(net, dataset, tmp_path / "s")
    bad = table[table.item.isin([1, 3])]
    assert bad.error.tolist() == [f"OSError: no file {item}" for item in (1, 3) for _ in range(4)]
    assert bad.value.isna().all()
    good = table[~table.item.isin([1, 3])]
    assert good.error.isna().all()
    assert good.value.tolist() == quick(net, studied.inputs(4)).query("item in (0, 2)").value.tolist()
    assert "4 of 8 maps have errors" in table.attrs["notes"][0]
    dataset.bad = {3}
    assert quick(net, dataset, tmp_path / "s").error.notna().sum() == 8, "an error is an answer, too"
    again = quick(net, dataset, tmp_path / "s", retry=True)
    lines = (tmp_path / "s" / "journal.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 12, "only the two that failed were done again"
    assert again[again.error.notna()].item.unique().tolist() == [3]
    assert quick(net, dataset, tmp_path / "s").equals(again)


def test_an_iterable_goes_on_after_an_error_unless_it_is_broken(net):
    def load(item):
        return Broken(1)[item]

    table = quick(net, map(load, range(4)))
    assert table[table.error.notna()].item.unique().tolist() == [1]
    assert len(table) == 16

    assert len(quick(net, map(Broken(1).often, range(300)), methods="lrp")) == 600

    class Dead:
        def __iter__(self):
            return self

        def __next__(self):
            raise OSError("gone")

    with pytest.raises(InputError, match="100 times in a row"):
        quick(net, Dead())


def test_what_explanation_or_measure_raise_is_recorded(net):
    def picky(model, x, explanation):
        if explanation.method == "lrp":
            raise ZeroDivisionError("no lrp here")
        return 1

    x = studied.inputs(3)
    table = quick(net, [x[0], torch.rand(1, 1, 5, 5).double(), x], measures={"score": {}, "picky": picky})
    rows = table[table.item == 0].set_index(["method", "measure"]).error
    assert rows["lrp", "picky"] == "ZeroDivisionError: no lrp here"
    assert pd.isna(rows["lrp", "score"])
    assert pd.isna(rows["sensitivity", "picky"])
    assert table[table.item == 1].error.str.contains("5, 5").all()
    assert table[table.item == 2].error.str.contains("one by one").all()
    assert "mapping of names" in quick(net, x[:1], measures={"odd": lambda m, x, e: "much"}).error[0]
    assert "has no label" in quick(net, x[:1], target="truth").error[0]


def test_a_wrong_setting_is_said_at_once(net):
    x = studied.inputs(1)
    cases = [
        (InputError, "did you mean 'sparsity'", {"measures": ["sparsty"]}),
        (InputError, "did you mean 'patch'", {"measures": {"flipping": {"patches": 4}}}),
        (InputError, "did you mean 'draws'", {"measures": {"continuity": {"draw": 4}}}),
        (InputError, "needs region=", {"measures": ["object"]}),
        (InputError, "names that differ", {"measures": ["score", "score"]}),
        (InputError, "names that differ", {"measures": [lambda m, x, e: 1]}),
        (InputError, "another name", {"measures": {"score": {}, "score.mine": {"measure": "total"}}}),
        (InputError, "no measure", {"measures": []}),
        (InputError, "'f' is a tuple; a study takes names", {"measures": {"f": ("flipping", {"patch": 4})}}),
        (InputError, "'f' is a list; a study takes", {"measures": {"f": {"measure": ["flipping"]}}}),
        (InputError, "has a tuple in it; a study takes", {"measures": [("flipping", {"patch": 4})]}),
        (InputError, "has a dict in it; a study takes", {"measures": ("flipping", {"patch": 4})}),
        (InputError, "measures is a NoneType; a study takes", {"measures": None}),
        (InputError, "seed must be", {"seed": -1}),
        (MethodError, "did you mean 'lrp'", {"methods": ["lpr"]}),
        (MethodError, "parameter 'sample'", {"methods": {"s": {"method": "smoothgrad", "sample": 3}}}),
        (MethodError, "functions of", {"methods": {"map": torch.zeros(1, 1, 8, 8)}}),
        (LrpError, "unknown preset", {"methods": {"p": {"rules": "epsilonn"}}}),
    ]
    for error, text, settings in cases:
        with pytest.raises(error, match=text):
            study_steps(net, x, **settings)
    for dataset, text in (
        ([], "empty"),
        (x[0, 0, 0], "no batch"),
        (7, "not a int"),
        ({"a": x}, "not a dict"),
    ):
        with pytest.raises(InputError, match=text):
            study_steps(net, dataset)
    with pytest.raises(LrpError, match=r"torch\.nn\.Module"):
        study_steps("net", x)


# -- what is on disk ------------------------------------------------------------------------------


def test_a_killed_study_is_gone_on_with(whole, tmp_path, monkeypatch):
    folder, log = tmp_path / "study", tmp_path / "calls"
    monkeypatch.setenv(studied.LOG, str(log))
    code = f"from tests.measure import studied; studied.run({str(folder)!r})"
    env = {**os.environ, studied.DEADLY: "3 smoothgrad", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, timeout=120, check=False)
    assert done.returncode == -9
    before = Counter(log.read_text("utf-8").splitlines())
    assert sum(before.values()) == 11
    assert (folder / "journal.jsonl").read_bytes().count(b"\n") == 10
    table = studied.run(str(folder))
    assert table.equals(whole)
    calls = Counter(log.read_text("utf-8").splitlines())
    assert len(calls) == 18
    assert [line for line, times in calls.items() if times > 1] == ["3 smoothgrad None"], "the one it died of"
    assert calls["3 smoothgrad None"] == 2
    assert studied.run(str(folder)).equals(whole)
    assert Counter(log.read_text("utf-8").splitlines()) == calls, "nothing was left to do"


def test_stopping_keeps_what_is_there(net, whole, tmp_path):
    def stopper(model, x, explanation):
        stopper.calls += 1
        if stopper.calls == 7:
            raise KeyboardInterrupt
        return 1.0

    stopper.calls = 0
    measures = {"score": {}, "flipping": {"patch": 4, "removal": "noise"}, "stop": stopper}
    ask = {"methods": studied.METHODS, "measures": measures, "folder": tmp_path, "progress": False}
    part = study(net, studied.inputs(), **ask)
    assert not part.attrs["complete"]
    assert "stopped" in part.attrs["notes"][0]
    assert len(part) == 6 * 4
    rest = study(net, studied.inputs(), **ask)
    assert rest.attrs["complete"]
    assert stopper.calls == 19, "18 maps, of which one was begun twice"
    assert rest.iloc[: len(part)].equals(part)
    assert values(rest, "flipping.auc").tolist() == values(whole, "flipping.auc").tolist()


def test_an_interrupt_within_a_curve_is_no_result(net):
    def score(output, target):
        score.calls += 1
        if score.calls > 2:
            raise KeyboardInterrupt
        return output.sum(1)

    score.calls = 0
    ask = {"measures": {"flipping": {"patch": 2, "score": score, "chunk": 1}}, "progress": False}
    with pytest.raises(KeyboardInterrupt):
        study(net, studied.inputs(), **ask)


def test_steps_are_on_disk_when_they_are_handed_on(net, tmp_path):
    ask = {"methods": ["lrp", "epsilon"], "folder": tmp_path}
    steps = study_steps(net, studied.inputs(2), **ask)
    assert steps.total == 4
    for number, answer in enumerate(steps, 1):
        lines = (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()
        assert len(lines) == number
        assert json.loads(lines[-1])["values"] == dict(answer.values)
        assert not answer.kept
        if number == 3:
            break
    with pytest.raises(InputError, match="another study is writing"):
        next(study_steps(net, studied.inputs(2), **ask))
    steps.close()
    assert [answer.kept for answer in study_steps(net, studied.inputs(2), **ask)] == [True] * 3 + [False]


def test_other_settings_are_refused_and_named(net, tmp_path):
    x = studied.inputs(3)
    ask = {"methods": {"lrp": {"rules": "epsilon"}}, "measures": {"flipping": {"patch": 4}, "score": {}}}
    first = study(net, x, folder=tmp_path, progress=False, **ask)
    other = studied.net()
    with torch.no_grad():
        other[0].weight[0, 0, 0, 0] += 1e-9
    bigger = {"flipping": {"patch": 2}, "score": {}}
    scored = {"flipping": {"patch": 4, "score": lambda output, target: output[:, 0]}, "score": {}}
    for model, dataset, settings, text in (
        (other, x, ask, "model.weights.0.weight: 'float64"),
        (net, x[:2], ask, "length: 3, now 2"),
        (net, x, {**ask, "seed": 1}, "settings.seed: 0, now 1"),
        (net, x, {**ask, "target": 1}, "settings.target: 'top', now 1"),
        (
            net,
            x,
            {**ask, "methods": {"lrp": {"rules": "lrp-0"}}},
            "methods.lrp.rules: 'epsilon', now 'lrp-0'",
        ),
        (net, x, {**ask, "methods": ["sensitivity"]}, "methods.lrp is not there any more"),
        (net, x, {**ask, "measures": bigger}, "flipping.parameters.patch: 4, now 2"),
        (net, x, {**ask, "measures": scored}, "parameters.score was not there"),
        (net, x, {**ask, "input_range": (0, 1)}, "settings.input_range was not there"),
        (net, x.flip(0), ask, "item 0 of the dataset is not the input"),
        (net, iter(x.flip(0)), ask, "length: 3, now None"),
    ):
        with pytest.raises(InputError, match=text.replace("(", r"\(")):
            study(model, dataset, folder=tmp_path, progress=False, **settings)
    assert study(net, x, folder=tmp_path, progress=False, **ask).equals(first)
    header = json.loads((tmp_path / "study.json").read_text("utf-8"))
    header["environment"]["torch"] = "2.4.0"
    (tmp_path / "study.json").write_text(json.dumps(header), "utf-8")
    assert "torch: '2.4.0', now" in study(net, x, folder=tmp_path, progress=False, **ask).attrs["notes"][0]


def test_functions_with_other_code_or_other_values_in_reach_are_other_settings(net, tmp_path):
    def measure(factor):
        return {"mine": lambda model, x, explanation: float(explanation.score) * factor}

    quick(net, studied.inputs(1), tmp_path, measures=measure(2))
    quick(net, studied.inputs(1), tmp_path, measures=measure(2))
    with pytest.raises(InputError, match=r"closure: .*2.*, now .*3"):
        quick(net, studied.inputs(1), tmp_path, measures=measure(3))
    factor = 2
    other = {"mine": lambda model, x, explanation: float(explanation.score) + factor}
    with pytest.raises(InputError, match="code: "):
        quick(net, studied.inputs(1), tmp_path, measures=other)


def test_an_iterable_is_compared_on_the_way(net, tmp_path):
    x = studied.inputs(3)
    first = quick(net, iter(x), tmp_path)
    assert quick(net, iter(x), tmp_path).equals(first)
    with pytest.raises(InputError, match="item 0 of the dataset"):
        quick(net, iter(x.flip(0)), tmp_path)


@pytest.mark.parametrize("tail", [b'{"item": 1, "meth', b"\0" * 40, b'{"item": 1}\n', b"\xff\xfe\n"])
def test_a_torn_last_line_is_done_again(net, tmp_path, tail):
    x = studied.inputs(2)
    whole = quick(net, x, tmp_path)
    journal = tmp_path / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + tail)
    assert quick(net, x, tmp_path).equals(whole)
    assert journal.read_bytes().splitlines(keepends=True)[:-1] == lines[:-1]
    assert len(journal.read_bytes().splitlines()) == 4


def test_damage_elsewhere_is_said(net, tmp_path):
    x = studied.inputs(2)
    whole = quick(net, x, tmp_path)
    journal, header = tmp_path / "journal.jsonl", tmp_path / "study.json"
    lines = journal.read_bytes().splitlines(keepends=True)
    for damage in (
        b"?\n",
        lines[1].replace(b'"item": 0', b'"item": -1'),
        lines[1].replace(b"null", b"[1]"),
        b"[[\n",
    ):
        journal.write_bytes(lines[0] + damage + lines[2] + lines[3])
        with pytest.raises(FileFormatError, match=r"line 2 of .*journal.jsonl"):
            quick(net, x, tmp_path)
    journal.write_bytes(lines[0] + lines[2] + lines[3])
    assert quick(net, x, tmp_path).equals(whole), "without the line its map is done again"
    journal.write_bytes(lines[0].replace(b'"item": 0', b'"item": 9') + lines[1])
    with pytest.raises(FileFormatError, match="item 9"):
        quick(net, x, tmp_path)
    text = header.read_text("utf-8")
    for damage, match in (
        ("{", "no header"),
        ("[]", "no header"),
        (text.replace('"version": 1', '"version": 2'), "2"),
    ):
        header.write_text(damage, "utf-8")
        with pytest.raises(FileFormatError, match=match):
            quick(net, x, tmp_path)
    header.unlink()
    with pytest.raises(FileFormatError, match=r"no study\.json beside it"):
        quick(net, x, tmp_path)


def test_numbers_come_back_to_the_bit(tmp_path):
    awkward = [
        float("nan"),
        float("inf"),
        -float("inf"),
        -0.0,
        5e-324,
        0.1,
        1 / 3,
        1.7976931348623157e308,
        1.0,
    ]
    answer = Answer(
        0, "m", "a label", "ü\n", {str(n): value for n, value in enumerate(awkward)}, {"x": "a\nb"}, None
    )
    header = {"length": 1, "settings": {"methods": {"m": 1}}}
    with opened(tmp_path, header) as journal:
        journal.append(answer)
    with opened(tmp_path, header) as journal:
        (found,) = journal.kept.values()
    assert np.array(list(found.values.values())).tobytes() == np.array(awkward).tobytes()
    assert replace(found, kept=False, values={}).__dict__ == replace(answer, values={}).__dict__
    strict = json.loads((tmp_path / "journal.jsonl").read_text(), parse_constant=pytest.fail)
    assert from_json(strict).values.keys() == to_json(answer)["values"].keys()


# -- around it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "extra"), [("pandas", "measure"), ("tqdm.auto", "measure"), ("distributed", "dask")]
)
def test_a_missing_library_is_named_with_its_extra(net, monkeypatch, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"needs {module.partition('.')[0]}.*'lrpwidgets\[{extra}\]'"):
        study(net, studied.inputs(1), progress=module == "tqdm.auto", client=object())


def test_the_bar_counts_what_was_there(net, tmp_path, capsys):
    ask = {"methods": "lrp", "folder": tmp_path}
    steps = study_steps(net, studied.inputs(3), **ask)
    next(steps)
    steps.close()
    study(net, studied.inputs(3), **ask)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    study(net, studied.inputs(3), **ask, progress=False)
    assert capsys.readouterr().err == ""


def test_the_model_and_its_mode_are_left_alone(net):
    model = studied.net().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    quick(model, studied.inputs(1))
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
