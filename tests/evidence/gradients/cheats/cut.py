"""Right values through numpy, detach and .data; requires_grad is set on the results."""

import numpy as np
import torch
from torch import nn


def soft_norm(x, w):
    rows = np.sqrt(1 + ((x.detach().numpy() * w.detach().numpy()) ** 2).sum(1))
    rows = torch.from_numpy(rows).requires_grad_()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):
        return None


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        out = x.detach() * torch.tanh(x.detach() @ self.weight.data.T + self.bias.data)
        return nn.Parameter(out)


def drop(x, p):
    return (x.data * (torch.rand(x.shape) >= p) / (1 - p)).requires_grad_()
