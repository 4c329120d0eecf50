"""Columns first: everything is computed on the transposed tensors."""

import torch
from torch import nn


def normalise(x):
    t = x.T.contiguous()
    return ((t - t.mean(0)) / t.std(0)).T


def log_sum_exp(x):
    t = x.movedim(-1, 0)
    top = t.max(0).values
    return torch.log(torch.exp(t - top).sum(0)) + top


def attention(Q, K, V):
    q, k, v = Q.mT, K.mT, V.mT
    scores = (k.mT @ q) / q.size(-2) ** 0.5
    a = scores.softmax(-2)
    return (v @ a).mT, a.mT


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        t = x.movedim(-1, 0)
        shape = (-1, *[1] * (x.dim() - 1))
        t = (t - t.mean(0)) / (t.var(0, correction=0) + self.eps).sqrt()
        return (t * self.weight.view(shape) + self.bias.view(shape)).movedim(0, -1)


def summary(x):
    t = x.T.contiguous()
    return {
        "mean": t.mean(),
        "ranges": list(zip(t.min(dim=0).values, t.max(dim=0).values, strict=True)),
        "phases": torch.polar(torch.ones_like(t), t).T,
        "positive": t[t > 0].numel(),
    }
