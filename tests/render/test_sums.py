"""The sum of relevance beside the score: the same words on the screen, in files and saved notebooks; no false "of"."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError
from lrpwidgets.render.payload import payload
from lrpwidgets.render.reading import check
from lrpwidgets.render.sample import caption
from lrpwidgets.render.wording import number, passage, sums


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(2)
    layers = torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 36, 3)
    return torch.nn.Sequential(*layers).eval()


@pytest.fixture(scope="module")
def x():
    return torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("method", lw.METHODS)
def test_only_a_method_that_decomposes_is_said_to(net, x, method):
    ex = lw.explain(net, x, method=method, minus=1)
    for sample in (0, 1):
        text = sums(ex, sample)
        total, f = number(float(ex.total[sample])), f"f_A - f_B {number(float(ex.score[sample]))}"
        if method == "excitation-backprop":
            assert text == f"sum R {total} of 1 - 1 at the output; {f}"
        elif lw.METHODS[method].decomposes:
            assert text == f"sum R {total} of {f}"
        else:
            assert text == f"sum R {total}; {method} does not decompose {f}"
        assert payload(ex)["samples"][sample]["sums"] == text
    assert (" of f " in repr(ex)) == lw.METHODS[method].decomposes


def test_a_method_that_is_not_known_here_is_taken_at_its_word(net, x):
    from dataclasses import replace

    ex = replace(lw.explain(net, x[:1]), method="theirs")
    assert ex.decomposes is None
    assert " of f " in sums(ex)


def test_means_and_sums_are_called_so(net, x):
    mean = lw.measure.translation_average(net, x, lw.measure.shift_grid(2)).explanation
    assert sums(mean, 1).endswith(f"of f {number(float(mean.score[1]))} (mean over 4 shifts)")
    large = torch.rand(1, 3, 12, 8)
    whole = lw.measure.sliding_window(net, large, 8, 2, target=0).explanation
    assert sums(whole).endswith("(sum over windows of 8 x 8)")


@pytest.mark.parametrize("wrong", [None, 3, ["sum"], "missing"])
def test_in_a_file_they_are_text(net, x, wrong):
    data = payload(lw.explain(net, x[:1]))
    check(data)
    if wrong == "missing":
        del data["samples"][0]["sums"]
    else:
        data["samples"][0]["sums"] = wrong
    with pytest.raises(FileFormatError, match="sums"):
        check(data)


@pytest.mark.parametrize(
    ("through", "said"),
    [
        ({"0": [2]}, "only what flows through 0 (unit 2)"),
        ({"0": [(1, (3, 4)), 2], "1": [0]}, "only what flows through 0 (units 1 at [3, 4], 2), 1 (unit 0)"),
        ({"0": torch.ones(4, 6, 6, dtype=torch.bool)}, "only what flows through 0 (a mask)"),
    ],
)
def test_a_filtered_map_says_what_it_flows_through(net, x, through, said):
    ex = lw.explain(net, x, through=through)
    assert caption(ex, 0).note.startswith(said)
    assert payload(ex)["passage"] == said
    assert lw.view(ex)._caption["note"].startswith(said)
    assert "passage" not in payload(lw.explain(net, x))


def test_of_many_units_and_layers_the_number_is_said():
    through = {str(at): list(range(9)) for at in range(5)}
    said = "only what flows through 0 (9 units), 1 (9 units), 2 (9 units), 2 more"
    assert passage({"through": through}) == said
    assert passage({"through": "<img>"}) is None
    assert len(passage({"through": {"x" * 1000: ["y" * 1000]}})) < 400
