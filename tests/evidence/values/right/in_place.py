"""Own buffers, written in place and with out=."""

import torch
from torch import nn


def normalise(x):
    y = x.clone()
    y -= y.mean(dim=1, keepdim=True)
    y /= y.square().sum(dim=1, keepdim=True).div_(x.size(1) - 1).sqrt_()
    return y


def log_sum_exp(x):
    top = x.amax(dim=-1, keepdim=True)
    buffer = torch.empty_like(x)
    torch.sub(x, top, out=buffer)
    buffer.exp_()
    return buffer.sum(dim=-1).log_().add_(top.squeeze(-1))


def attention(Q, K, V):
    A = torch.empty(*Q.shape[:-1], K.size(-2), dtype=Q.dtype)
    torch.matmul(Q, K.transpose(-1, -2), out=A)
    A.div_(Q.size(-1) ** 0.5)
    A.sub_(A.amax(dim=-1, keepdim=True)).exp_()
    A.div_(A.sum(dim=-1, keepdim=True))
    H = torch.zeros(*Q.shape[:-1], V.size(-1), dtype=Q.dtype)
    H += A @ V
    return H, A


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        y = x - x.mean(dim=-1, keepdim=True)
        var = y.pow(2).mean(dim=-1, keepdim=True)
        var += self.eps
        y = y / var.sqrt()
        y = y * self.weight
        y += self.bias
        return y


def summary(x):
    phases = torch.empty(*x.shape, 2, dtype=x.dtype)
    torch.cos(x, out=phases[..., 0])
    torch.sin(x, out=phases[..., 1])
    return {
        "mean": torch.full((), x.numel(), dtype=x.dtype).reciprocal_().mul_(x.sum()),
        "ranges": [tuple(x[i].sort().values[[0, -1]].unbind()) for i in range(x.size(0))],
        "phases": torch.view_as_complex(phases),
        "positive": int(x.gt(0).sum()),
    }
