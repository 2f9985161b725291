"""What a signal's axes are: names, times, groups, and what is said about signals that do not fit."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets import domains
from lrpwidgets.domains import montage
from lrpwidgets.domains.signal import SignalDomain
from lrpwidgets.errors import FileFormatError, InputError

PLACES = {"C3": (-0.5, 0.04), "Cz": (0.0, 0.04), "C4": (0.51, 0.04)}


@pytest.fixture
def domain() -> SignalDomain:
    return lw.signal(["C3", "Cz", "C4"], 80, start=0.5, positions=PLACES)


def test_signals_are_the_input_as_they_are(domain):
    one = np.random.default_rng(0).normal(size=(3, 7))
    for given in (one, one[None], [one], torch.tensor(one), one.astype(np.float32).tolist()):
        x = domain.encode(given)
        assert x.shape == (1, 3, 7)
        assert x.dtype == torch.float32
        assert np.array_equal(domain.decode(x)[0], one.astype(np.float32))
    assert domain.encode([one, 2 * one]).shape == (2, 3, 7)
    assert domain.decode(domain.encode(np.ones((3, 7), np.int16))).dtype == np.float32


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((4, 7)), r"\(1, 4, 7\).*3 channels.*C3"),
        (np.zeros(7), r"\(7,\)"),
        (np.zeros((3, 0)), r"\(1, 3, 0\)"),
        ([np.zeros((3, 7)), np.zeros((3, 9))], r"\[7, 9\] samples"),
        (np.full((3, 7), "a"), "not numbers"),
        (np.where(np.arange(21).reshape(3, 7) == 9, np.nan, 0), r"'Cz', sample 2 of trial 0"),
    ],
)
def test_what_is_no_such_signal_is_named(domain, given, words):
    with pytest.raises(InputError, match=words):
        domain.encode(given)


@pytest.mark.parametrize("samples", [1, 3, 10, 23, 320])
def test_groups_divide_the_signal(domain, samples):
    x = torch.zeros(2, 3, samples)
    for name in domain.groupings:
        labels, names = domain.groups(name, x)
        whole = labels.expand(1, 3, samples)[0]
        assert labels.dtype == torch.int64
        assert sorted(set(whole.flatten().tolist())) == list(range(len(names)))
        assert len(set(names)) == len(names)
    labels, names = domain.groups("windows", x)
    counts = labels.expand(1, 3, samples)[0].flatten().bincount()
    assert counts.max() - counts.min() <= 1
    labels, names = domain.groups("electrodes", x)
    assert names == ("C3", "Cz", "C4")
    assert labels[0, :, 0].tolist() == [0, 1, 2]
    assert domain.groups("time", x)[1][0] == "0.5 s"


def test_windows_are_named_by_their_first_sample_and_the_next_windows(domain):
    x = torch.zeros(1, 3, 24)
    labels, names = domain.groups("windows", x)
    channel = labels.expand(1, 3, 24)[0, 1].tolist()
    firsts = [channel.index(10 + k) for k in range(10)] + [24]
    for k in range(10):
        start, end = (f"{0.5 + firsts[at] / 80:.4g}" for at in (k, k + 1))
        assert names[10 + k] == f"Cz, {start} to {end} s"


def test_a_value_is_read_aloud(domain):
    x = torch.arange(42.0).reshape(2, 3, 7)
    assert domain.read(x, (1, 2, 4)) == "C4 at 0.55 s: 39 uV"
    assert domain.read(x[1], (2, 4)) == "C4 at 0.55 s: 39 uV"


def test_unknown_groupings_and_shapes_are_refused(domain):
    with pytest.raises(InputError, match="did you mean 'electrodes'"):
        domain.groups("electrode", torch.zeros(1, 3, 4))
    with pytest.raises(InputError, match=r"\(1, 1, 3, 4\).*\(batch, 3, time\)"):
        domain.check((1, 1, 3, 4))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": "C3"}, "list of names"),
        ({"channels": []}, "not 0"),
        ({"channels": ["C3", "C3"]}, "twice: 'C3'"),
        ({"channels": ["C3", " "], "positions": None}, "name"),
        ({"rate": 0}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": "fast"}, "'fast'"),
        ({"start": float("inf")}, "start"),
        ({"positions": {"C3": (0, 0), "Cz": (0, 1)}}, "channel 'C4' .did you mean"),
        ({"positions": PLACES | {"C4": (0, 0, 0)}}, "'C4' is the centre"),
        ({"positions": PLACES | {"C4": "left"}}, "'C4' must be"),
        ({"positions": PLACES | {"C4": (1, float("nan"))}}, "'C4' must be"),
        ({"positions": PLACES | {"C4": (1.9, 1.9)}}, "'C4' must be .* at most 2"),
        ({"positions": PLACES | {"C4": PLACES["C3"]}}, "'C3' and 'C4' have the same position"),
        ({"positions": 7}, "int"),
    ],
)
def test_impossible_signals_are_refused(change, words):
    given = {"channels": ["C3", "Cz", "C4"], "rate": 80, "positions": PLACES}
    with pytest.raises(InputError, match=words):
        lw.signal(**(given | change))


def test_code_makes_the_domain_again(domain):
    bare = lw.signal(["a", "b"], 128.5, unit="mV", positions=None)
    for one in (domain, bare):
        assert eval(one.code, {"lw": lw}) == one  # noqa: S307


def test_json_there_and_back(domain):
    for one in (domain, lw.signal(["a"], 2, positions=None)):
        assert domains.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("channels", "C3"),
        ("channels", []),
        ("channels", ["C3", "Cz", 4]),
        ("channels", ["C3", "Cz", "x" * 101]),
        ("channels", ["C3", "C3", "C4"]),
        ("rate", 0),
        ("rate", True),
        ("rate", 10**400),
        ("unit", 5),
        ("start", None),
        ("positions", [[0, 0]]),
        ("positions", [[0, 0], [0, 1], [0, 1, 2]]),
        ("positions", [[0, 0], [0, 1], [0, 9]]),
        ("positions", [[0, 0], [0, 1], [0, "1"]]),
        ("montage", 5),
        ("note", "x" * 1001),
        ("kind", "image"),
        ("more", 1),
    ],
)
def test_files_that_lie_are_refused(domain, entry, value):
    data = domain.to_json()
    with pytest.raises(FileFormatError):
        SignalDomain.from_json(data | {entry: value})
    data.pop(entry, None)
    if entry != "more":
        with pytest.raises(FileFormatError, match=entry):
            SignalDomain.from_json(data)


def test_flattening_keeps_distances_from_the_vertex():
    """Azimuthal equidistant: the radius is the arc from the vertex, in quarters of a circle."""
    for degrees in (0, 10, 45, 90, 120):
        theta, phi = np.radians(degrees), 0.7
        point = 9.0 * np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
        ((x, y),) = montage.flatten(point[None])
        assert np.hypot(x, y) == pytest.approx(degrees / 90, abs=1e-4)
        if degrees:
            assert np.arctan2(y, x) == pytest.approx(phi, abs=1e-3)
    named = lw.signal(["a"], 1, positions={"a": (0, 0.1, 0)})
    assert named.positions == ((0.0, 1.0),)


def test_the_fitted_sphere_is_the_one_the_points_are_on():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 3))
    points = 0.09 * points / np.linalg.norm(points, axis=1, keepdims=True) + [0.01, -0.02, 0.03]
    centre, radius = montage.sphere(points)
    assert np.allclose(centre, [0.01, -0.02, 0.03])
    assert radius == pytest.approx(0.09)


def test_without_mne_the_message_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "mne", None)
    with pytest.raises(InputError, match=r"pip install 'lrpwidgets\[eeg\]'.*positions=None"):
        lw.signal(["C3"], 80)


def test_electrodes_lie_where_the_ten_twenty_system_says():
    pytest.importorskip("mne", reason="needs the extra eeg")
    names = ["C3", "Cz", "C4", "Fpz", "Oz", "T7", "T8", "fp1", "A1"]
    domain = lw.signal(names, 80)
    at = dict(zip(names, np.array(domain.positions), strict=True))
    assert np.hypot(*at["Cz"]) < 0.06
    assert at["C3"] == pytest.approx(-at["C4"] * [1, -1], abs=0.02)
    for name in ("Fpz", "Oz", "T7", "T8"):
        assert np.hypot(*at[name]) == pytest.approx(1, abs=0.12)
    assert at["Fpz"][1] > 0.9 > -0.8 > at["Oz"][1]
    assert at["T7"][0] < -0.9
    assert np.hypot(*at["A1"]) > 1.2
    assert at["fp1"][0] < 0 < at["fp1"][1]
    assert "positions" not in domain.code
    assert eval(domain.code, {"lw": lw}) == domain  # noqa: S307
    older = lw.signal(names, 80, positions="standard_1020")
    assert np.abs(np.array(older.positions) - np.array(domain.positions)).max() < 0.05


def test_names_the_montage_lacks_come_with_close_ones():
    pytest.importorskip("mne", reason="needs the extra eeg")
    with pytest.raises(InputError, match=r"no electrode 'Fc5\.' \(did you mean 'FC5'\?\), 'EOG'"):
        lw.signal(["Fc5.", "C3", "EOG"], 160)
    with pytest.raises(InputError, match="did you mean 'standard_1005'"):
        lw.signal(["C3"], 160, positions="standard_1004")
