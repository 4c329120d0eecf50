"""Variances by var_mean, scores by baddbmm, logarithms in base two."""

import math

import torch
from torch import nn


def normalise(x):
    var, mean = torch.var_mean(x, dim=1, keepdim=True)
    return (x - mean) * var.rsqrt()


def log_sum_exp(x):
    top = x.amax(-1, keepdim=True)
    return (torch.exp2((x - top) / math.log(2)).sum(-1).log2() * math.log(2)) + top[..., 0]


def attention(Q, K, V):
    if Q.dim() == 2:
        H, A = attention(Q[None], K[None], V[None])
        return H[0], A[0]
    scores = torch.baddbmm(
        torch.zeros((), dtype=Q.dtype), Q, K.transpose(1, 2), beta=0, alpha=Q.size(-1) ** -0.5
    )
    A = torch.softmax(scores, dim=2)
    return torch.bmm(A, V), A


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        gain = self.weight / torch.sqrt(var + self.eps)
        return x * gain + (self.bias - mean * gain)


def summary(x):
    return {
        "mean": torch.std_mean(x)[1],
        "ranges": [(row.kthvalue(1).values, row.kthvalue(row.numel()).values) for row in x],
        "phases": torch.complex(torch.sin(x + math.pi / 2), torch.sin(x)),
        "positive": int(torch.bincount((x > 0).long().flatten(), minlength=2)[1]),
    }
