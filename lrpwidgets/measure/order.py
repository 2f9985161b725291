"""Which region is flipped when: by relevance, at random, or as given; none is picked twice."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..errors import InputError
from .patches import NONE, Places


def best(score: Tensor, free: Tensor) -> Tensor:
    """The free region of the highest score in each row, the first of equals; NONE where no region is free."""
    held = score.where(free, -torch.inf)
    top = held.amax(1, keepdim=True)
    numbers = torch.arange(score.shape[1], device=score.device)
    first = numbers.where(free & (held == top), score.shape[1]).amin(1)
    return first.where(free.any(1), NONE)


def ranked(score: Tensor, places: Places, picks: int) -> Tensor:
    """The first `picks` regions from the highest score down, (batch, picks), filled up with NONE.

    Where regions can overlap, each pick rules out those that it touches.
    """
    free = places.free()
    if places.overlap:
        found = []
        for _ in range(picks):
            found.append(best(score, free))
            free &= ~places.taken(found[-1])
        return torch.stack(found, 1)
    held = score.where(free, -torch.inf)
    order = held.sort(dim=1, descending=True, stable=True).indices[:, :picks]
    order = order.where(free.gather(1, order), NONE)
    return torch.nn.functional.pad(order, (0, picks - order.shape[1]), value=NONE)


def given(order: Any, places: Places, batch: int, picks: int) -> Tensor:
    """A user's own order of region numbers, (region,) for all or (batch, region), checked."""
    numbers = torch.as_tensor(order, device=places.free().device).to(torch.int64)
    if numbers.dim() == 1:
        numbers = numbers.expand(batch, -1)
    if numbers.dim() != 2 or len(numbers) != batch or numbers.shape[1] == 0:
        raise InputError(
            f"an order of shape {tuple(numbers.shape)} for {batch} samples; give (region,) for all or (batch, region)"
        )
    if bool(((numbers < 0) | (numbers >= places.count)).any()):
        raise InputError(
            f"the order names a region outside 0 to {places.count - 1}: there are {places.count} regions"
        )
    free = places.free()
    numbers = numbers[:, :picks]
    for place in range(numbers.shape[1]):
        picked = numbers[:, place]
        again = ~free.gather(1, picked[:, None])[:, 0]
        if bool(again.any()):
            sample = int(again.nonzero()[0])
            raise InputError(
                f"the order of sample {sample} flips region {int(picked[sample])} at place {place}, which is flipped "
                "already, overlaps one that is, or is not there; each region is flipped once"
            )
        free &= ~places.taken(picked)
    return torch.nn.functional.pad(numbers, (0, picks - numbers.shape[1]), value=NONE)
