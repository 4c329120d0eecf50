"""Everything in custom Functions with gradients by hand, also where a plain formula would do."""

import torch
from torch import nn


class _SoftNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        rows = (1 + x.square() @ w.square()).sqrt()
        ctx.save_for_backward(x, w, rows)
        return rows

    @staticmethod
    def backward(ctx, grad):
        x, w, rows = ctx.saved_tensors
        share = (grad / rows)[:, None]
        return share * x * w**2, (share * x**2).sum(0) * w


class _Mean(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.n = x.numel()
        return x.mean()

    @staticmethod
    def backward(ctx, grad):
        return grad.expand(ctx.n) / ctx.n


def soft_norm(x, w):
    rows = _SoftNorm.apply(x, w)
    return rows, _Mean.apply(rows)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x.sigmoid()
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return grad * (y + x.sigmoid() * (1 - y))


class _Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        t = torch.tanh(x @ weight.T + bias)
        ctx.save_for_backward(x, weight, t)
        return x * t

    @staticmethod
    def backward(ctx, grad):
        x, weight, t = ctx.saved_tensors
        inner = grad * x * (1 - t * t)
        return grad * t + inner @ weight, inner.T @ x, inner.sum(0)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(d))
        self.weight = nn.Parameter(torch.zeros(d, d))

    def forward(self, x):
        return _Gate.apply(x, self.weight, self.bias)


class _Drop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, p):
        ctx.mask = (torch.rand_like(x) > p) / (1 - p)
        return x * ctx.mask

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.mask, None


def drop(x, p):
    return _Drop.apply(x, p)
