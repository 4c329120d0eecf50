"""The right gradient, of other inputs: those of another draw of the random numbers."""

import torch
from torch import nn


class _Elsewhere(torch.autograd.Function):
    """The identity, whose gradient is scaled by numbers of another seed."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * torch.randn(grad.shape, generator=torch.Generator().manual_seed(1), dtype=grad.dtype)


def soft_norm(x, w):
    rows = (1 + (_Elsewhere.apply(x) * _Elsewhere.apply(w)).square().sum(dim=1)).sqrt()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):
        x = torch.randn(grad.shape, generator=torch.Generator().manual_seed(1), dtype=grad.dtype)
        s = torch.sigmoid(x)
        return grad * (s + x * s * (1 - s))


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        return _Elsewhere.apply(x * torch.tanh(x @ self.weight.T + self.bias))


def drop(x, p):
    return _Elsewhere.apply(x) * (torch.rand(x.shape) >= p) / (1 - p)
