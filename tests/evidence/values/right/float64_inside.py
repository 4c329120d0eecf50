"""Everything in float64, the results cast back."""

import torch
from torch import nn


def normalise(x):
    y = x.double()
    return ((y - y.mean(1, True)) / y.std(1, keepdim=True)).to(x.dtype)


def log_sum_exp(x):
    return x.double().logsumexp(-1).to(x.dtype)


def attention(Q, K, V):
    q, k, v = Q.double(), K.double(), V.double()
    a = (q @ k.mT / q.size(-1) ** 0.5).softmax(-1)
    return (a @ v).to(Q.dtype), a.to(Q.dtype)


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        y = x.double()
        y = (y - y.mean(-1, keepdim=True)) / (y.var(-1, unbiased=False, keepdim=True) + self.eps) ** 0.5
        return (y * self.weight.double() + self.bias.double()).to(x.dtype)


def summary(x):
    y = x.double()
    phases = torch.exp(1j * y)
    return {
        "mean": y.mean().to(x.dtype),
        "ranges": [(r.amin(), r.amax()) for r in x],
        "phases": phases.to(torch.complex64 if x.dtype == torch.float32 else torch.complex128),
        "positive": sum(v > 0 for row in x.tolist() for v in row),
    }
