"""Writes into buffers of its own, allocated beforehand; hands out the same one again and again."""

import torch
from torch import nn

_KEPT = {}


def soft_norm(x, w):
    scaled = x.clone()
    scaled *= w
    squares = torch.zeros_like(x)
    squares += scaled**2
    rows = x.new_ones(x.shape[0])
    for j in range(x.shape[1]):
        rows = rows + squares[:, j]
    rows = rows.sqrt_()
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        key = ("swish", tuple(x.shape), x.dtype)
        out = _KEPT.setdefault(key, torch.empty(x.shape, dtype=x.dtype))
        torch.sigmoid(x, out=out)
        ctx.save_for_backward(x)
        out.mul_(x)
        return out.view_as(out).clone()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        result = torch.empty_like(s)
        torch.mul(x, 1 - s, out=result)
        result.add_(1).mul_(s).mul_(grad)
        return result


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d))
        self.bias = nn.Parameter(torch.randn(d))

    def forward(self, x):
        out = torch.empty_like(x)
        out[:] = x @ self.weight.mT
        out += self.bias
        return out.tanh_() * x


def drop(x, p):
    out = x / (1 - p)
    out[torch.rand(x.shape) < p] = 0
    return out
