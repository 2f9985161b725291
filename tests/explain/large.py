"""Run as a script: the peak of resident memory that one explanation of a 4096 x 4096 image adds, in bytes.

``forward`` measures the model alone, ``plain`` an explanation without a budget, a number one within so many bytes.
"""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

import torch
from torch import nn

import lrpwidgets as lw


def net() -> nn.Sequential:
    """VGG-like on (1, 3, 4096, 4096): patches of 4, then 16 convolutions of 16 channels, 3x3."""
    torch.manual_seed(0)
    parts: list[nn.Module] = [nn.PixelUnshuffle(4), nn.Conv2d(48, 16, 1), nn.ReLU()]
    for _ in range(16):
        parts += [nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(
        *parts, nn.MaxPool2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3)
    ).eval()


def peak() -> int:
    """Of this process so far. Where Linux tells it without what the process was forked from, that is asked."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return 1024 * int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(how: str) -> int:
    """The peak beyond what is there once everything is loaded."""
    torch.set_num_threads(1)
    model, small, x = net(), torch.rand(1, 3, 64, 64), torch.rand(1, 3, 4096, 4096)
    lw.explain(model, small, target=0)
    before = peak()
    if how == "forward":
        with torch.no_grad():
            model(x)
    else:
        lw.explain(model, x, target=0, memory=None if how == "plain" else int(how))
    return peak() - before


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1])}\n")
