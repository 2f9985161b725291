"""Small explanations to draw, made without a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from lrpwidgets.domains.image import image
from lrpwidgets.explain.explanation import Explanation
from lrpwidgets.explain.ledger import Ledger, LedgerRow
from lrpwidgets.explain.targets import Target

DOMAIN = image(mean=[0.5, 0.4, 0.3], std=[0.2, 0.25, 0.3])
ROWS = (
    LedgerRow("features.0", "ZBox", 1.5, 1.4, 0.0, 0.1, 1e-17),
    LedgerRow("classifier", "z+", 3.0, 1 / 3, -0.25, 0.0, 0.0),
)


@pytest.fixture(scope="session")
def make() -> Callable[..., Explanation]:
    """Makes explanations of noise: `make(batch, height, width, channels=..., field=value)`."""

    def explanation(
        batch: int = 1, height: int = 6, width: int = 8, *, channels: int = 3, seed: int = 0, **changes: Any
    ) -> Explanation:
        noise = torch.Generator().manual_seed(seed)
        domain = DOMAIN if channels == 3 else image(channels=1)
        levels = torch.randint(0, 256, (batch, height, width, channels), generator=noise, dtype=torch.uint8)
        relevance = torch.randn((batch, channels, height, width), generator=noise) * 0.01
        fields: dict[str, Any] = {
            "input": domain.encode(levels.numpy()),
            "relevance": relevance,
            "score": relevance.flatten(1).sum(1) + 0.25,
            "output": torch.randn((batch, 5), generator=noise),
            "target": tuple(Target(i, f"class {i}") for i in range(batch)),
            "method": "lrp",
            "rules": "deep-taylor",
            "domain": domain,
            "settings": {"rules": {"name": "deep-taylor", "entries": []}},
            "notes": ("model was in training mode",),
            "labels": tuple(f"class {i}" for i in range(5)),
            "code": "lw.explain(model, x)",
        }
        return Explanation(**{**fields, **changes}).with_ledger(Ledger(ROWS, 1.5, 1.4))

    return explanation
