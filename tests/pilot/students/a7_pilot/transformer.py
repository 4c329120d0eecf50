import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """Given: attention by several heads. It takes (x, x, x, mask) and returns (H, A). Leave it as it is."""

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.h = num_heads
        self.W_q = nn.Linear(d_model, d_model, bias=False)
        self.W_k = nn.Linear(d_model, d_model, bias=False)
        self.W_v = nn.Linear(d_model, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, X_q, X_k, X_v, mask=None):
        q, k, v = (
            layer(x).unflatten(-1, (self.h, -1)).transpose(-3, -2)
            for layer, x in ((self.W_q, X_q), (self.W_k, X_k), (self.W_v, X_v))
        )
        S = q @ k.mT / q.size(-1) ** 0.5
        if mask is not None:
            S = S.masked_fill(~mask, -torch.inf)
        A = torch.softmax(S, dim=-1)
        H = (self.dropout(A) @ v).transpose(-3, -2).flatten(-2)
        return self.W_h(H), A


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(d_model, eps=1e-5) for _ in range(2))
        self.mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.linear1, self.linear2 = nn.Linear(d_model, hidden), nn.Linear(hidden, d_model)
        self.act = nn.ReLU()
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        attended, _ = self.mha(normed, normed, normed, mask)
        x = attended + x
        out = self.linear2(self.act(self.linear1(self.norm2(x))))
        return out + x
