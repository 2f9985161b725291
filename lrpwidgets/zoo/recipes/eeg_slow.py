"""Trains the net of slow potentials and makes `eeg_slow.safetensors`: seconds on one CPU core.

Run `python -m lrpwidgets.zoo.recipes.eeg_slow` where `lw.zoo.eeg_slow` finds its package. Nothing is chosen by the test
trials: the number of steps and the seed are fixed, and the other seeds are reported beside it.
"""

from __future__ import annotations

import torch
from safetensors.torch import save
from torch.nn.functional import cross_entropy

from lrpwidgets.zoo.eeg_net import SLOW_WEIGHTS, SlowNet
from lrpwidgets.zoo.eeg_recordings import Recording, eeg_slow
from lrpwidgets.zoo.recipes.output import say, write

SEED = 0
EPOCHS = 60
BATCH = 32
RATE = 5e-3
DECAY = 5e-2
SMOOTHING = 0.1
UNIT = 20.0  # uV


def train(recording: Recording, seed: int = SEED) -> SlowNet:
    """A net for signals in uV."""
    torch.manual_seed(seed)
    x, labels = torch.from_numpy(recording.signals), torch.from_numpy(recording.labels)
    net = SlowNet()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    net.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(x)).split(BATCH):
            loss = cross_entropy(net(x[chosen] / UNIT), labels[chosen], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    with torch.no_grad():
        net.features[1].weight /= UNIT  # from now on the net takes uV
    return net.eval()


@torch.no_grad()
def judge(net: SlowNet, recording: Recording) -> int:
    """How many trials it gets right."""
    scores = net(torch.from_numpy(recording.signals))
    return int((scores.argmax(1) == torch.from_numpy(recording.labels)).sum())


def main() -> None:
    """Train, report, write."""
    torch.use_deterministic_algorithms(True)
    training, test = eeg_slow()
    for seed in range(1, 5):
        right = judge(train(training, seed), test)
        say(f"seed {seed}: {right} of {len(test)} test trials, {right / len(test):.1%}")
    net = train(training)
    right, known = judge(net, test), judge(net, training)
    say(f"seed {SEED}: {right} of {len(test)} test trials, {right / len(test):.1%}")
    say(f"training: {known / len(training):.1%}")
    write(SLOW_WEIGHTS, save({name: value.contiguous() for name, value in net.state_dict().items()}))


if __name__ == "__main__":
    main()
