"""Recurrent classifiers, and convolutions along one and three axes. All give 4 scores."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Recurrent(nn.Module):
    """`kind` is nn.LSTM, nn.GRU or nn.RNN: two layers, both ways; (batch, 7 steps, 5 features) in."""

    def __init__(self, kind: type[nn.RNNBase]) -> None:
        super().__init__()
        self.rnn = kind(5, 6, num_layers=2, batch_first=True, bidirectional=True, dropout=0.3)
        self.norm = nn.LayerNorm(12)
        self.fc = nn.Linear(12, 4)

    def forward(self, x: Tensor) -> Tensor:
        _, state = self.rnn(x)
        hidden = state[0] if isinstance(state, tuple) else state
        last = torch.cat([hidden[-2], hidden[-1]], dim=1)
        return self.fc(self.norm(last))


class CellByCell(nn.Module):
    """An LSTM cell in a Python loop over (batch, steps, 5), its states kept in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(5, 6)
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = c = x.new_zeros(len(x), 6)
        seen = []
        for step in x.unbind(1):
            h, c = self.cell(step, (h, c))
            seen.append(h)
        return self.fc(torch.stack(seen, 1).amax(1))


class TextLSTM(nn.Module):
    """Token numbers (batch, tokens) of a vocabulary of 20; the last hidden state decides."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 5, padding_idx=0)
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        out, _ = self.lstm(self.embedding(tokens))
        return self.fc(out[:, -1])


class SignalNet(nn.Module):
    """One-dimensional: (batch, 2 electrodes, 40 samples); dilated and grouped convolutions, two poolings."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(2, 6, 5, padding=2)
        self.bn1 = nn.BatchNorm1d(6)
        self.conv2 = nn.Conv1d(6, 8, 3, dilation=2, padding=2, groups=2, bias=False)
        self.bn2 = nn.BatchNorm1d(8)
        self.pool = nn.MaxPool1d(2)
        self.fc = nn.Linear(8 * 5, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = F.avg_pool1d(F.relu(self.bn2(self.conv2(x))), 4)
        return self.fc(x.flatten(1))


class VolumeNet(nn.Module):
    """Three-dimensional: (batch, 1, 8, 8, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv3d(1, 4, 3, padding=1),
            nn.BatchNorm3d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool3d(2),
            nn.Conv3d(4, 6, 3, padding=1, bias=False),
            nn.BatchNorm3d(6),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool3d(1),
        )
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.body(x).flatten(1))
