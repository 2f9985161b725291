"""Vision transformers on (batch, 3, 16, 16), 5 scores: on torch's encoder, and with attention written three ways."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Patches(nn.Module):
    """Pictures to tokens of width 8: a convolution, a class token in front, learned positions."""

    def __init__(self, size: int = 4, width: int = 8) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, kernel_size=size, stride=size)
        self.cls_token = nn.Parameter(0.1 * torch.randn(1, 1, width))
        self.pos_embed = nn.Parameter(0.1 * torch.randn(1, 1 + (16 // size) ** 2, width))

    def forward(self, x: Tensor) -> Tensor:
        x = self.proj(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        return x + self.pos_embed


class EncoderViT(nn.Module):
    """On `nn.TransformerEncoder`; the class token's answer, or the tokens' mean."""

    def __init__(self, *, norm_first: bool) -> None:
        super().__init__()
        self.patches = Patches()
        layer = nn.TransformerEncoderLayer(
            8,
            2,
            dim_feedforward=16,
            activation="gelu" if norm_first else "relu",
            batch_first=True,
            norm_first=norm_first,
        )
        self.encoder = nn.TransformerEncoder(
            layer, 2, norm=nn.LayerNorm(8) if norm_first else None, enable_nested_tensor=False
        )
        self.head = nn.Linear(8, 5)
        self.mean = not norm_first

    def forward(self, x: Tensor) -> Tensor:
        x = self.encoder(self.patches(x))
        return self.head(x.mean(dim=1) if self.mean else x[:, 0])


class SdpaAttention(nn.Module):
    """One projection for q, k and v, and `F.scaled_dot_product_attention`."""

    def __init__(self, width: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(q, k, v)
        return self.proj(x.transpose(1, 2).reshape(batch, tokens, width))


class WrittenAttention(SdpaAttention):
    """The same with matrix products and a softmax."""

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (part.view(batch, tokens, self.heads, -1).transpose(1, 2) for part in (q, k, v))
        weights = (q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5).softmax(dim=-1)
        x = torch.matmul(weights, v)
        return self.proj(x.transpose(1, 2).contiguous().view(batch, tokens, width))


class ModuleAttention(SdpaAttention):
    """The same with `nn.MultiheadAttention`, whose parameters are those of the projections."""

    def __init__(self, width: int = 8, heads: int = 2, *, need_weights: bool = False) -> None:
        super().__init__(width, heads)
        self.need_weights = need_weights
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.attention.in_proj_weight, self.attention.in_proj_bias = self.qkv.weight, self.qkv.bias
        self.attention.out_proj.weight, self.attention.out_proj.bias = self.proj.weight, self.proj.bias

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x, need_weights=self.need_weights)[0]


class Block(nn.Module):
    def __init__(self, attention: type[SdpaAttention]) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(8)
        self.attn = attention()
        self.norm2 = nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, 8))

    def forward(self, x: Tensor) -> Tensor:
        y = self.attn(self.norm1(x))
        y += x
        return y + self.mlp(self.norm2(y))


class ViT(nn.Module):
    """Pre-norm blocks with an attention of the caller's choice."""

    def __init__(self, attention: type[SdpaAttention] = SdpaAttention) -> None:
        super().__init__()
        self.patches = Patches()
        self.blocks = nn.Sequential(Block(attention), Block(attention))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.blocks(self.patches(x)))[:, 0])
