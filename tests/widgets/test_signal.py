"""The signal view without a browser: what it sends, windows, heads with and without places, code, saving, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.render import headmap, png
from lrpwidgets.widgets.head_map import HeadMapView
from lrpwidgets.widgets.signal import HEAVIEST, SignalView

PLACES = {"C3": (-0.4, 0.0), "Cz": (0.0, 0.0), "C4": (0.4, 0.0), "Fz": (0.0, 0.4), "Pz": (0.0, -0.4)}
DOMAIN = lw.signal(list(PLACES), rate=100, start=-0.5, positions=PLACES)


def explain(domain, samples=200):
    torch.manual_seed(0)
    channels = len(domain.channels)
    layers = nn.Conv1d(channels, 4, 7), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 2)
    x = np.random.default_rng(0).normal(0, 10, (2, channels, samples)).cumsum(-1)
    return lw.explain(
        nn.Sequential(*layers).eval(), domain.encode(x), input=domain, rules="epsilon", target=1
    )


@pytest.fixture(scope="module")
def explained():
    return explain(DOMAIN)


def floats(data):
    return np.frombuffer(data, "<f4")


def test_it_sends_the_recording_and_its_relevance(explained):
    view = lw.view(explained)
    assert isinstance(view, SignalView)
    assert not isinstance(view, HeadMapView)
    for sample in (0, 1):
        view.sample = sample
        np.testing.assert_array_equal(floats(view._signal).reshape(5, 200), explained.input[sample].numpy())
        np.testing.assert_array_equal(
            floats(view._relevance).reshape(5, 200), explained.relevance[sample].numpy()
        )
        assert view._recording["score"] == pytest.approx(float(explained.score[sample]))
        assert view.limit == float(np.sort(np.abs(explained.relevance[sample].numpy()).ravel())[994])
    assert view._recording["channels"] == list(PLACES)


def test_the_head_s_weights_give_the_head_s_values(explained):
    view = lw.view(explained, window=[0.0, 0.5])
    grid, values = view._head["grid"], np.array([1.0, -2.0, 0.5, 3.0, -1.0])
    field = floats(view._weights).reshape(grid, grid, 5) @ values
    inside = headmap.disc(DOMAIN.positions, grid)
    np.testing.assert_allclose(
        field[inside], headmap.values(values, DOMAIN.positions, grid)[inside], atol=1e-5
    )
    sent = view._weights
    view.sample = 1
    view.explanation = explain(DOMAIN)
    assert view._weights is sent  # once for a montage
    many = {f"e{i}": (np.cos(i) * (i + 1) / 3001, np.sin(i) * (i + 1) / 3001) for i in range(3000)}
    heavy = lw.signal(list(many), rate=1, positions=many)
    assert len(SignalView(explain(heavy, 8))._weights) <= HEAVIEST


@pytest.mark.parametrize(
    ("window", "first", "end"),
    [
        (None, 0, 200),
        ([0.0, 0.5], 50, 100),
        ([0.001, 0.015], 51, 52),
        ([-0.5, -0.49], 0, 1),
        ([-9, 9], 0, 200),
        ([0.001, 0.009], 0, 0),
    ],
)
def test_a_window_pools_the_samples_whose_time_it_holds(explained, window, first, end):
    time = -0.5 + np.arange(200) / 100
    if first == end:
        with pytest.raises(InputError, match=r"holds no sample: the recording goes from -0\.5 to 1\.49 s"):
            lw.view(explained, window=window)
        return
    view = lw.view(explained, window=window)
    low, high = window or (-9, 9)
    held = np.flatnonzero((time >= low - 1e-9) & (time < high - 1e-9))
    assert (view.pooled_samples.start, view.pooled_samples.stop) == (first, end) == (held[0], held[-1] + 1)
    np.testing.assert_allclose(
        view.pooled, explained.relevance[0].double().numpy()[:, held].sum(1), rtol=1e-12
    )


def test_windows_that_touch_add_up_to_the_whole(explained):
    whole = lw.view(explained).pooled
    parts = [lw.view(explained, window=[a, b]).pooled for a, b in ((-0.5, 0.13), (0.13, 0.9), (0.9, 1.5))]
    np.testing.assert_allclose(np.sum(parts, 0), whole, rtol=1e-9)


def test_without_places_there_are_traces_and_no_head():
    bare = explain(lw.signal(list(PLACES), rate=100, positions=None))
    view = lw.view(bare)
    assert (view._head, view._weights) == ({}, b"")
    assert view._relevance
    with pytest.raises(InputError, match="a head map needs the electrodes' places"):
        lw.HeadMapView(bare)


def test_its_code_makes_it_again(explained):
    model = nn.Sequential(nn.Flatten(), nn.Linear(1000, 2)).eval()
    x = explained.input
    again = lw.explain(model, x, input=DOMAIN, rules="epsilon", target=1)
    for make in (lw.view, lw.HeadMapView):
        view = make(again, window=[0, 0.5], channel="C4", cursor=0.25, rows=3, cmap="seismic", sample=1)
        names = {"model": model, "x": x}
        lines = view.code.replace("import lrpwidgets as lw\n\n", "")
        copy = eval(lines, {"lw": lw, **names})  # noqa: S307 (our own code must run)
        assert type(copy).__name__ == type(view).__name__
        asked = ("window", "channel", "cursor", "rows", "cmap", "sample", "limit_rule", "viewport")
        assert [getattr(copy, name) for name in asked] == [getattr(view, name) for name in asked]


def test_a_new_recording_keeps_the_places_that_it_has(explained):
    view = lw.view(explained, window=[0, 0.5], channel="C4", cursor=0.25)
    view.explanation = explain(DOMAIN, 90)
    assert (view.window, view.channel, view.cursor) == ([0, 0.5], "C4", 0.25)
    view.explanation = explain(lw.signal(["C4", "x"], rate=100, start=9, positions=None), 90)
    assert (view.window, view.channel, view.cursor, view._head) == (None, "C4", None, {})
    view.explanation = None
    assert repr(view) == "SignalView(nothing yet)"
    assert "image/png" not in view._repr_mimebundle_()


def test_the_kept_picture_sums_over_the_window(explained, tmp_path):
    view = lw.view(explained, window=[0.0, 0.5])
    strongest = list(PLACES)[int(np.abs(view.pooled).argmax())]
    (told,) = [one for one in view.figure().details if "most R" in one]
    assert "most R (0 to 0.5 s): " + strongest in told
    assert "head map: R summed over 0 to 0.5 s" in " ".join(view.figure().details)
    assert "image/png" in view._repr_mimebundle_()
    saved = view.save(tmp_path / "eeg.png").read_bytes()
    assert saved == png.encode(view.image())
    assert saved != lw.view(explained).save(tmp_path / "all.png").read_bytes()
    loaded = lw.load(view.save(tmp_path / "eeg.lrp.json"))
    assert torch.equal(loaded.relevance, explained.relevance)


def test_a_head_map_is_the_same_view_without_traces(explained):
    view = lw.HeadMapView(explained, window=[0.0, 0.5])
    assert isinstance(view, HeadMapView)
    assert (view._traces, lw.view(explained)._traces) == (False, True)
    np.testing.assert_array_equal(view.pooled, lw.view(explained, window=[0.0, 0.5]).pooled)
    assert repr(view).startswith("HeadMapView('1', sum R ")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"window": [0.5, 0.1]}, "ends before it begins"),
        ({"window": [3, 4]}, "holds no sample"),
        ({"window": [0, float("nan")]}, "in seconds"),
        ({"window": "all"}, "in seconds"),
        ({"cursor": 9}, "no sample at 9 s"),
        ({"cursor": True}, "a time in seconds"),
        ({"channel": "C5"}, "unknown channel 'C5'"),
        ({"channel": 3}, "a channel's name"),
        ({"rows": 0}, "above 0"),
        ({"sample": 2}, "no sample 2"),
        ({"windows": 1}, "unknown option 'windows'"),
    ],
)
def test_bad_options_say_what_is_allowed(explained, options, told):
    with pytest.raises(InputError, match=told):
        lw.view(explained, **options)


def test_it_shows_signals_alone(explained):
    with pytest.raises(InputError, match="not list"):
        SignalView([])
    picture = lw.explain(nn.Flatten(), torch.ones(1, 1, 4, 4), target=0)
    with pytest.raises(InputError, match=r"explain with input=lw.signal"):
        SignalView(picture)
    view = lw.view(explained)
    with pytest.raises(InputError):
        view.explanation = picture
    assert view.explanation is explained
