"""lxt 2.1: AttnLRP as modified gradients (its `efficient` half), on the encoder of the speed table.

What has to be said to it: attention, layer norms and activations are patched one by one. The package imports
`transformers` for its list of patched models, so its parts are loaded without that list.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.models import Attention
from tests.peers.plain import plain

JOBS = ("attn-lrp",)


def _parts() -> tuple[ModuleType, ModuleType]:
    """lxt.efficient's patches and rules."""
    if "lxt.efficient" not in sys.modules:
        found = importlib.util.find_spec("lxt")
        assert found is not None
        assert found.origin is not None
        package = ModuleType("lxt.efficient")
        package.__path__ = [str(Path(found.origin).parent / "efficient")]
        sys.modules["lxt.efficient"] = package
    return importlib.import_module("lxt.efficient.patches"), importlib.import_module("lxt.efficient.rules")


@contextmanager
def explainer(model: nn.Module, job: str) -> Iterator[Callable[[Tensor, list[int]], Tensor]]:
    """(x, one class a sample) -> relevance, shape of x."""
    if job not in JOBS:
        raise KeyError(f"lxt has no {job}")
    patches, rules = _parts()
    model = plain(model)
    for part in model.modules():
        if isinstance(part, nn.LayerNorm):
            part.forward = MethodType(patches.layer_norm_forward, part)
        elif isinstance(part, nn.GELU):
            part.forward = partial(rules.identity_rule_implicit, part.forward)
        elif isinstance(part, Attention):
            part.attend = _uniform(patches, part.attend)

    def explain(x: Tensor, target: list[int]) -> Tensor:
        leaf = x.detach().clone().requires_grad_()
        output = model(leaf)
        (found,) = torch.autograd.grad(output[torch.arange(len(x)), target].sum(), leaf)
        return (found * leaf).detach()

    yield explain


def _uniform(patches: ModuleType, attend: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Attention whose products share relevance among both operands."""
    wrapped = patches.wrap_attention_forward(lambda module, q, k, v: attend(q, k, v))

    def forward(q: Tensor, k: Tensor, v: Tensor) -> Any:
        return wrapped(None, q, k, v)

    return forward
