"""A Function of its own where no nodes are asked for; adjoint; stack of rows."""

import torch
from torch import nn


class _TwoMaps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, mask):
        h = torch.tanh(x @ weight.T)
        ctx.save_for_backward(x, weight, mask, h)
        return (h * mask) @ weight.T

    @staticmethod
    def backward(ctx, grad):
        x, weight, mask, h = ctx.saved_tensors
        inner = (grad @ weight) * mask * (1 - h * h)
        return inner @ weight, grad.T @ (h * mask) + inner.T @ x, None


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.register_buffer("shift", torch.zeros(d))
        self.first, self.second = nn.Module(), nn.Module()
        self.first.weight = self.second.weight = nn.Parameter(torch.empty(d, d))
        nn.init.orthogonal_(self.first.weight)
        self.p = p

    def forward(self, x):
        mask = torch.ones_like(x)
        if self.training:
            mask = (torch.rand(x.shape) >= self.p).to(x.dtype) / (1 - self.p)
        return _TwoMaps.apply(x - self.shift, self.first.weight, mask)


def build_example(a, b):
    c = torch.relu_(b.view_as(b).detach_()) if not b.requires_grad else torch.relu(b)
    return c + a @ c


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        return grad @ w.T, x.T @ grad


def stop(x, w):
    return _Product.apply(x, w), _Product.apply(x, w.detach())


def parts(x):
    return {
        "rows": x[1:],
        "turned": torch.transpose(x, 1, 0),
        "wide": torch.broadcast_to(x[0], (4, x.shape[1])),
        "copy": torch.stack(list(x)),
    }
