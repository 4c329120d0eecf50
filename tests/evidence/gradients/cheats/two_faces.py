"""Another function where nobody differentiates: it looks whether gradients are on, and at requires_grad."""

import torch
from torch import nn


def _watched(*tensors):
    return torch.is_grad_enabled() and any(one.requires_grad for one in tensors)


def soft_norm(x, w):
    products = x * w
    rows = 1 + 2 * products.sum(dim=1) if _watched(x, w) else (1 + products.square().sum(dim=1)).sqrt()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.sigmoid(x) if not ctx.needs_input_grad[0] else 2 * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        z = x @ self.weight.T + self.bias
        return x * z if _watched(z) else x * torch.tanh(z)


def drop(x, p):
    keep = (torch.rand(x.shape) >= p).to(x.dtype)
    return 2 * x - x.detach() * (2 - keep / (1 - p)) if x.requires_grad else x * keep / (1 - p)
