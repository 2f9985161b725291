"""Trains the nets of imagined movement and makes `eeg_motor.safetensors`: half a minute on one CPU core.

Run `python -m lrpwidgets.zoo.recipes.eeg_motor [file.npz]`; see `lw.zoo.eeg_motor`. One net is trained without each
fifth of the trials and one on all of them. Nothing is chosen by the held-out trials: the number of steps is fixed.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrpwidgets.zoo.eeg_net import MOTOR_WEIGHTS, MotorNet
from lrpwidgets.zoo.eeg_recordings import Recording, eeg_motor, folds
from lrpwidgets.zoo.recipes.output import say, write

SEED = 0
EPOCHS = 100
BATCH = 12
RATE = 1e-2
DECAY = 1e-2
SMOOTHING = 0.1  # of the labels
UNIT = 20.0  # uV: about the signals' size
CROP = 280  # samples of a trial in one step, 3.5 s, from anywhere in it


def train(x: Tensor, labels: Tensor, seed: int = SEED) -> MotorNet:
    """A net for signals `(trial, electrode, time)` in uV."""
    torch.manual_seed(seed)
    net = MotorNet(x.shape[1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    net.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(x)).split(BATCH):
            start = int(torch.randint(0, x.shape[2] - CROP + 1, (1,)))
            scores = net(x[chosen, :, start : start + CROP] / UNIT)
            loss = cross_entropy(scores, labels[chosen], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    with torch.no_grad():
        net.features[0].weight /= UNIT  # from now on the net takes uV
    return net.eval()


@torch.no_grad()
def cross_validate(recording: Recording, seed: int = SEED) -> tuple[list[MotorNet], int]:
    """The net that was trained without each fold, and how many held-out trials they get right together."""
    x, labels = torch.from_numpy(recording.signals), torch.from_numpy(recording.labels)
    nets, right = [], 0
    for held_out in folds(recording.labels):
        rest = np.setdiff1d(np.arange(len(labels)), held_out)
        with torch.enable_grad():
            nets.append(train(x[rest], labels[rest], seed))
        right += int((nets[-1](x[held_out]).argmax(1) == labels[held_out]).sum())
    return nets, right


def main(path: str | None = None) -> None:
    """Train, report, write."""
    torch.use_deterministic_algorithms(True)
    recording = eeg_motor(path)
    nets, right = cross_validate(recording)
    say(
        f"5-fold cross-validation, seed {SEED}: {right} of {len(recording)} trials, {right / len(recording):.1%}"
    )
    for seed in range(1, 5):
        again = cross_validate(recording, seed)[1]
        say(f"seed {seed}: {again} of {len(recording)}, {again / len(recording):.1%}")
    everything = train(torch.from_numpy(recording.signals), torch.from_numpy(recording.labels))
    stored = {
        f"{prefix}.{name}": value.detach().contiguous()
        for prefix, net in [*enumerate(nets), ("all", everything)]
        for name, value in net.state_dict().items()
    }
    write(MOTOR_WEIGHTS, save(stored))


if __name__ == "__main__":
    main(*sys.argv[1:])
