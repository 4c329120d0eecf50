"""Other orders of operations: logarithms, hypot, softplus, halves."""

import torch
from torch import nn
from torch.nn import functional as F


def soft_norm(x, w):
    rows = torch.exp(0.5 * torch.log1p((x.square() * w.square()).sum(dim=1)))
    return rows, torch.logsumexp(rows.log(), 0).exp() / rows.shape[0]


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.exp(-F.softplus(-x))

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = 0.5 * (torch.tanh(x / 2) + 1)
        return grad * (s * (1 + x) - x * s * s)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(1, d).squeeze(0))

    def forward(self, x):
        z = x.matmul(self.weight.transpose(0, 1)) + self.bias
        return 2 * x * torch.sigmoid(2 * z) - x


def drop(x, p):
    keep = torch.distributions.Bernoulli(1 - p).sample(x.shape).to(x.dtype)
    return x.masked_fill(keep == 0, 0) / (1 - p)
