"""Reference."""

import torch
from torch import nn


def soft_norm(x, w):
    rows = (1 + (x * w).square().sum(dim=1)).sqrt()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        gate = torch.sigmoid(x)
        ctx.save_for_backward(x, gate)
        return x * gate

    @staticmethod
    def backward(ctx, grad):
        x, gate = ctx.saved_tensors
        return grad * (gate + x * gate * (1 - gate))


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d) / d**0.5)
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        return x * torch.tanh(x @ self.weight.T + self.bias)


def drop(x, p):
    keep = torch.rand(x.shape) >= p
    return x * keep / (1 - p)
