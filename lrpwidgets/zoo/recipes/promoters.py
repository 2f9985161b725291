"""Trains the promoter net and makes `promoters.safetensors`; says how accurate such nets are on DNA they never saw.

Run `python -m lrpwidgets.zoo.recipes.promoters`: two minutes on one CPU core. Seeds are fixed.
Width, pooling and masking were chosen by the accuracy of cross-validation, among about fifteen settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lrpwidgets.domains.sequence import sequence
from lrpwidgets.zoo.promoter_data import FIRST, DnaSequence, promoter_sequences
from lrpwidgets.zoo.promoter_net import WEIGHTS, PromoterNet
from lrpwidgets.zoo.recipes.output import say, write

STEPS = 200
RATE = 5e-3
DECAY = 0.3
MASKED = 0.3  # share of positions hidden in training: zero is "unknown", and no single base decides
SHARED = 15  # two sequences with that many bases in a row in common are relatives


def tensors(sequences: Sequence[DnaSequence]) -> tuple[Tensor, Tensor]:
    """Model input `(n, 4, 57)` and labels `(n,)`, 1 for a promoter."""
    x = sequence("ACGT", start=FIRST).encode(list(sequences))
    return x, torch.tensor([float(one.label) for one in sequences])


def train(x: Tensor, labels: Tensor, seed: int) -> PromoterNet:
    """A net trained on all of `x` `(n, 4, 57)`, always the same for a seed; the caller's random numbers stay."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = PromoterNet()
        optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
        for _ in range(STEPS):
            seen = (torch.rand(len(x), 1, x.shape[2]) > MASKED).to(x)
            loss = binary_cross_entropy_with_logits(net(x * seen)[:, 0], labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


def folds(labels: Tensor, count: int, seed: int) -> Tensor:
    """The fold of each sample `(n,)`, 0..count-1: each fold has its share of both classes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        order = torch.cat(
            [at[torch.randperm(len(at))] for at in ((labels == k).nonzero()[:, 0] for k in (0, 1))]
        )
    fold = torch.empty(len(labels), dtype=torch.int64)
    fold[order] = torch.arange(len(labels)) % count
    return fold


def held_out(x: Tensor, labels: Tensor, fold: Tensor, seed: int = 0) -> Iterator[tuple[PromoterNet, Tensor]]:
    """For each fold: a net trained without it, and which samples `(n,)` it has not seen."""
    for one in fold.unique().tolist():
        left_out = fold == one
        yield train(x[~left_out], labels[~left_out], seed + one), left_out


def scores(x: Tensor, labels: Tensor, fold: Tensor, seed: int = 0) -> Tensor:
    """Of each sample `(n,)`, the score by a net that has not seen it."""
    found = torch.zeros(len(x))
    for net, left_out in held_out(x, labels, fold, seed):
        found[left_out] = net(x[left_out])[:, 0].detach()
    return found


def families(sequences: Sequence[DnaSequence]) -> list[list[int]]:
    """Indices of sequences that share `SHARED` bases in a row, directly or through others."""
    words = [{one.bases[at : at + SHARED] for at in range(len(one.bases) - SHARED + 1)} for one in sequences]
    family = list(range(len(words)))
    for a in range(len(words)):
        for b in range(a):
            if words[a] & words[b]:
                old, new = family[a], family[b]
                family = [new if member == old else member for member in family]
    return [[at for at, member in enumerate(family) if member == name] for name in sorted(set(family))]


def family_folds(sequences: Sequence[DnaSequence], count: int) -> Tensor:
    """The fold of each sample, relatives together: large families first, each to the emptiest fold."""
    fold = torch.empty(len(sequences), dtype=torch.int64)
    sizes = torch.zeros(count, 2)
    for members in sorted(families(sequences), key=len, reverse=True):
        label = sequences[members[0]].label
        to = int((sizes[:, label] + 0.01 * sizes.sum(1)).argmin())
        fold[members] = to
        sizes[to, label] += len(members)
    return fold


def main() -> None:
    """Cross-validate, report, train on everything, write."""
    sequences = promoter_sequences()
    x, labels = tensors(sequences)
    plans = {f"ten folds, draw {draw}": folds(labels, 10, draw) for draw in range(5)}
    plans["ten folds, relatives together"] = family_folds(sequences, 10)
    plans["leave one out"] = torch.arange(len(x))
    for name, fold in plans.items():
        wrong = int(((scores(x, labels, fold) > 0) != (labels > 0)).sum())
        say(f"{name}: {wrong} of {len(x)} wrong, {1 - wrong / len(x):.1%} right")
    net = train(x, labels, seed=0)
    write(WEIGHTS, save({name: value.contiguous() for name, value in net.state_dict().items()}))


if __name__ == "__main__":
    main()
