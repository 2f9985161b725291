"""Trials of imagined movement from PhysioNet, through MNE-Python: filtered, resampled, cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND = (7.0, 30.0)  # Hz: mu and beta rhythms
RATE = 80.0
SECONDS = 4.0


def epochs(
    mne: Any, subject: int, runs: Sequence[int]
) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
    """Trials `(trial, electrode, 320)` in uV, their codes (2 for T1, 3 for T2), and the electrodes' names."""
    files = mne.datasets.eegbci.load_data(subject, list(runs), update_path=False, verbose="error")
    raw = mne.concatenate_raws([mne.io.read_raw_edf(file, preload=True, verbose="error") for file in files])
    mne.datasets.eegbci.standardize(raw)  # "Fc5." to "FC5"
    raw.filter(*BAND, verbose="error")
    events, _ = mne.events_from_annotations(raw, event_id={"T1": 2, "T2": 3}, verbose="error")
    cut = mne.Epochs(
        raw, events, tmin=0, tmax=SECONDS, baseline=None, picks="eeg", preload=True, verbose="error"
    ).resample(RATE, verbose="error")
    x = cut.get_data(units="uV")[:, :, : round(SECONDS * RATE)]
    return np.asarray(x, np.float32), np.asarray(cut.events[:, 2], np.int64), list(cut.ch_names)
