"""A module as it is now: a copy in eval mode with parameters of its own, which nobody trains."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .shadow import Shadow, check_model, eager


def frozen(module: nn.Module) -> nn.Module:
    """A copy that later training of `module` does not reach; the module itself is left as it is.

    A search takes many gradients, and a training loop beside it would change the weights between a forward and its
    backward, which autograd refuses. Costs one copy of the parameters.
    """
    check_model(module)
    found: dict[int, nn.Parameter] = {}  # shared parameters stay shared
    with torch.inference_mode(False), torch.no_grad():
        copy = Shadow(eager(module)).module
        for part in copy.modules():
            if isinstance(part, torch.jit.ScriptModule):
                continue  # compiled code cannot be copied
            for name, parameter in list(part._parameters.items()):
                if parameter is not None:
                    if id(parameter) not in found:
                        found[id(parameter)] = nn.Parameter(parameter.detach().clone(), requires_grad=False)
                    setattr(part, name, found[id(parameter)])  # recurrent layers keep a list of theirs
    return copy


def reference(module: nn.Module) -> Tensor | None:
    """A parameter that tells the module's device and type."""
    return next((p for p in module.parameters() if p.is_floating_point()), None)
