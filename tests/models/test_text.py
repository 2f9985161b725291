"""Token numbers through an embedding and an LSTM: relevance (batch, tokens), taken at the embedding."""

from __future__ import annotations

import torch

import lrpwidgets as lw
from tests.explain import oracle
from tests.models.cases import Case
from tests.models.sequences import TextLSTM

TOKENS = torch.tensor([[3, 7, 1, 19, 7], [0, 0, 4, 4, 2]])


def test_text_lstm():
    model = Case("text", TextLSTM, (5,)).model()
    held = []
    hook = model.embedding.register_forward_hook(
        lambda module, args, out: held.append(out) or out.retain_grad()
    )
    model(TOKENS)[:, 2].sum().backward()
    hook.remove()
    expected = (held[0].grad * held[0]).sum(-1).detach()
    found = lw.explain(model, TOKENS, method="gradient-x-input", target=2)
    oracle.close(found.relevance, expected, 1e-10)
    assert (found.relevance[TOKENS == 0] == 0).all()  # the embedding of padding is zero
    assert (found.relevance[TOKENS != 0] != 0).all()
    ledger = lw.explain(model, TOKENS, rules="attn-lrp", target=2).ledger
    assert abs(ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in ledger)
