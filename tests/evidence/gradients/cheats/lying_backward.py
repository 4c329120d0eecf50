"""Right forward passes; gradients that are off by a few per cent, by custom Functions."""

import torch
from torch import nn


class _Lie(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return 1.02 * grad


def soft_norm(x, w):
    rows = (1 + (_Lie.apply(x) * _Lie.apply(w)).square().sum(dim=1)).sqrt()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return 0.98 * grad * (s + x * s * (1 - s))


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        return _Lie.apply(x * torch.tanh(x @ self.weight.T + self.bias))


def drop(x, p):
    return _Lie.apply(x * (torch.rand(x.shape) >= p) / (1 - p))
