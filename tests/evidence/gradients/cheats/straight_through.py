"""Right values, with the gradient of the identity: f(x) - x is added as a constant."""

import torch
from torch import nn


def soft_norm(x, w):
    rows = (1 + (x * w).square().sum(dim=1)).sqrt()
    line = x.sum(dim=1) + w.sum()
    rows = line + (rows - line).detach()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):
        return grad


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        z = x @ self.weight.T + self.bias
        return x * (z + (torch.tanh(z) - z).detach())


def drop(x, p):
    return x + (x * (torch.rand(x.shape) >= p) / (1 - p) - x).detach()
