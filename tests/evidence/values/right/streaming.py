"""Softmax and sums in one pass over blocks of keys, with a running maximum."""

import torch
from torch import nn


def normalise(x):
    mean, square = torch.zeros_like(x[:, :1]), torch.zeros_like(x[:, :1])
    for n, column in enumerate(x.split(1, dim=1), start=1):  # Welford
        step = column - mean
        mean = mean + step / n
        square = square + step * (column - mean)
    return (x - mean) / (square / (x.size(1) - 1)).sqrt()


def log_sum_exp(x):
    top, total = torch.full_like(x[..., 0], -torch.inf), torch.zeros_like(x[..., 0])
    for block in x.split(2, dim=-1):
        new = torch.maximum(top, block.amax(-1))
        total = total * (top - new).exp() + (block - new[..., None]).exp().sum(-1)
        top = new
    return top + total.log()


def attention(Q, K, V):
    top = torch.full_like(Q[..., :1], -torch.inf)
    total, H, parts = torch.zeros_like(top), 0, []
    for k, v in zip(K.split(3, dim=-2), V.split(3, dim=-2), strict=True):
        s = Q @ k.mT / Q.size(-1) ** 0.5
        new = torch.maximum(top, s.amax(-1, keepdim=True))
        e, old = (s - new).exp(), (top - new).exp()
        total, H = total * old + e.sum(-1, keepdim=True), H * old + e @ v
        parts, top = [*parts, s], new
    return H / total, (torch.cat(parts, -1) - top).exp() / total


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        mean, square = torch.zeros_like(x[..., :1]), torch.zeros_like(x[..., :1])
        for n, column in enumerate(x.split(1, dim=-1), start=1):
            step = column - mean
            mean = mean + step / n
            square = square + step * (column - mean)
        return self.weight * (x - mean) * (square / x.size(-1) + self.eps).rsqrt() + self.bias


def summary(x):
    total = x.new_zeros(())
    for row in x:
        total = total + row.sum()
    return {
        "mean": total / x.numel(),
        "ranges": [(row.cummin(0).values[-1], row.cummax(0).values[-1]) for row in x],
        "phases": torch.cat([torch.polar(torch.ones_like(row), row)[None] for row in x]),
        "positive": int(sum((row > 0).sum() for row in x)),
    }
