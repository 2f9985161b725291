"""Where the score went under methods that ask the model at several points instead of walking its layers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .ledger import Ledger, LedgerRow


@dataclass(frozen=True, slots=True)
class Account:
    """f(x) = f(reference) + sum of R + rest, each of shape (batch,); `names` are those of the two other parts."""

    score: Tensor
    reference: Tensor
    total: Tensor
    names: tuple[str, str]

    def ledger(self, samples: slice) -> Ledger:
        """Two rows for some samples: what the reference point takes, then what the map misses."""
        score, reference, end = (
            float(part[samples].sum(dtype=torch.float64)) for part in (self.score, self.reference, self.total)
        )
        between = score - reference
        rows = (
            LedgerRow("(reference)", self.names[0], score, between, 0.0, 0.0, reference),
            LedgerRow("(rest)", self.names[1], between, end, 0.0, 0.0, between - end),
        )
        return Ledger(rows, score, end)
