"""autolrp 0.2.0: z+ on the autograd graph.

What has to be said to it: it starts from one number, with 1, and batch norms are not folded. A bias takes |b| / (|z| +
|b|) of the relevance there, which no published rule says, so that it is compared on nets without biases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import autolrp
import torch
from torch import Tensor, nn

from tests.peers.plain import folded, plain, unbiased

JOBS = ("z+",)


def comparable(model: nn.Module) -> nn.Module:
    """The copy of `model` on which the numbers are compared."""
    return unbiased(folded(plain(model)))


@contextmanager
def explainer(
    model: nn.Module, job: str, stabilizer: float = 1e-6
) -> Iterator[Callable[[Tensor, list[int]], Tensor]]:
    """(x, one class a sample) -> relevance, shape of x."""
    if job not in JOBS:
        raise KeyError(f"autolrp has no {job}")
    model = comparable(model)
    rules = {**autolrp.BASE, **autolrp.on(("ConvolutionBackward", "MmBackward"), "zplus")}
    config = autolrp.LRPConfig(rule=rules, eps=stabilizer)

    def explain(x: Tensor, target: list[int]) -> Tensor:
        leaf = autolrp.tensor(x)
        output = model(leaf)
        score = output[torch.arange(len(x)), target].sum()
        score.lrp(config=config)
        assert leaf.relevance is not None
        return (leaf.relevance * score.detach()).as_subclass(Tensor)

    yield explain
