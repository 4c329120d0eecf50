"""Tensor hooks, retain_grad and detached copies for looking on, none of which changes a gradient."""

import torch
from torch import nn

SEEN = []


def soft_norm(x, w):
    scaled = x * w
    if scaled.requires_grad:
        scaled.retain_grad()
        scaled.register_hook(lambda grad: SEEN.append(grad.detach().norm().item()))
    rows = (scaled * scaled).sum(1).add(1).sqrt()
    SEEN.append(rows.detach().max().item())
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_non_differentiable()
        gate = 1 / (1 + (-x).exp())
        ctx.save_for_backward(x, gate)
        return gate * x

    @staticmethod
    def backward(ctx, grad):
        x, gate = ctx.saved_tensors
        if not ctx.needs_input_grad[0]:
            return None
        return grad * gate + grad * x * gate * (1 - gate)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.register_forward_hook(lambda _m, _i, out: out + 0)

    def forward(self, x):
        return x * torch.tanh(torch.nn.functional.linear(x, self.weight) + self.bias)


def drop(x, p):
    keep = (torch.rand(x.shape) >= p).to(x.dtype)
    return (x + 0) * (keep / (1 - p))
