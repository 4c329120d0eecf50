"""Sums over two halves of the entries, put together; queries scaled before the product."""

import torch
from torch import nn


def moments(x):
    left, right = x.tensor_split(2, dim=-1)
    mean = (left.sum(-1, keepdim=True) + right.sum(-1, keepdim=True)) / x.size(-1)
    return mean, (left - mean).square().sum(-1, keepdim=True) + (right - mean).square().sum(-1, keepdim=True)


def normalise(x):
    mean, squares = moments(x)
    return (x - mean) * ((x.size(1) - 1) / squares).sqrt()


def log_sum_exp(x):
    left, right = x.tensor_split(2, dim=-1)
    return torch.logaddexp(left.logsumexp(-1), right.logsumexp(-1))


def attention(Q, K, V):
    q = Q * Q.size(-1) ** -0.25
    k = K * K.size(-1) ** -0.25
    A = torch.softmax((q.unsqueeze(-2) * k.unsqueeze(-3)).sum(-1), -1)
    return (A.unsqueeze(-1) * V.unsqueeze(-3)).sum(-2), A


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        mean, squares = moments(x)
        return (x - mean) / (squares / x.size(-1) + self.eps).sqrt() * self.weight + self.bias


def summary(x):
    top, bottom = x.tensor_split(2)
    return {
        "mean": (top.sum() + bottom.sum()) / x.numel(),
        "ranges": [(r.topk(1, largest=False).values[0], r.topk(1).values[0]) for r in x],
        "phases": torch.cat(
            (torch.polar(torch.ones_like(top), top), torch.polar(torch.ones_like(bottom), bottom))
        ),
        "positive": int((top > 0).sum() + (bottom > 0).sum()),
    }
