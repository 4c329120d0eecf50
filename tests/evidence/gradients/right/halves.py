"""The rows in two parts, joined; views everywhere; the Function behind another one."""

import torch
from torch import nn


def soft_norm(x, w):
    half = x.shape[0] // 2
    parts = [((part * w[None]) ** 2).sum(1).add(1).sqrt() for part in (x[:half], x[half:])]
    rows = torch.cat(parts)
    return rows, sum(part.sum() for part in parts).div(x.shape[0])


class _Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return 2 * x

    @staticmethod
    def backward(ctx, grad):
        return None if grad is None else 2 * grad


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return _Double.apply(x) * torch.sigmoid(x).view(x.shape) / 2

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad.contiguous() * s.addcmul(x * s, 1 - s)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d))
        self.bias = nn.Parameter(torch.randn(d))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64), persistent=False)

    def forward(self, x):
        self.calls += 1
        both = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        whole = torch.cat([self.weight, self.bias[:, None]], dim=1)
        return torch.tanh(both @ whole.T) * x


def drop(x, p):
    order = torch.rand(x.numel()).view(x.shape)
    return x * (order > p).to(x.dtype) * (1 / (1 - p))
