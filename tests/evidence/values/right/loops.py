"""Python loops over rows, queries and entries."""

import math

import torch
from torch import nn


def normalise(x):
    rows = []
    for row in x:
        mean = sum(row) / len(row)
        var = sum((v - mean) ** 2 for v in row) / (len(row) - 1)
        rows.append((row - mean) / var.sqrt())
    return torch.stack(rows)


def log_sum_exp(x):
    out = torch.empty(x.shape[:-1], dtype=x.dtype)
    for index in (
        torch.cartesian_prod(*(torch.arange(n) for n in x.shape[:-1])).view(out.numel(), -1).tolist()
    ):
        total = x[tuple(index)][0]
        for v in x[tuple(index)][1:]:
            total = torch.logaddexp(total, v)
        out[tuple(index)] = total
    return out


def one_head(Q, K, V):
    H, A = [], []
    for q in Q:
        scores = torch.stack([torch.dot(q, k) for k in K]) / math.sqrt(len(q))
        e = torch.exp(scores - scores.max())
        A.append(e / e.sum())
        H.append(sum(a * v for a, v in zip(A[-1], V, strict=True)))
    return torch.stack(H), torch.stack(A)


def attention(Q, K, V):
    if Q.dim() == 2:
        return one_head(Q, K, V)
    pairs = [attention(*three) for three in zip(Q, K, V, strict=True)]
    return torch.stack([h for h, _ in pairs]), torch.stack([a for _, a in pairs])


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        flat = x.reshape(-1, x.size(-1))
        rows = []
        for row in flat:
            mean = row.sum() / len(row)
            var = ((row - mean) ** 2).sum() / len(row)
            rows.append((row - mean) / (var + self.eps).sqrt() * self.weight + self.bias)
        return torch.stack(rows).view(x.shape)


def summary(x):
    ranges = []
    for row in x:
        low = high = row[0]
        for v in row:
            low, high = torch.minimum(low, v), torch.maximum(high, v)
        ranges.append((low, high))
    return {
        "mean": sum(sum(row) for row in x) / x.numel(),
        "ranges": ranges,
        "phases": torch.stack([torch.complex(row.cos(), row.sin()) for row in x]),
        "positive": len([v for v in x.flatten() if v > 0]),
    }
