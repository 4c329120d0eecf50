"""torch.autograd.grad inside the forward pass: derivatives of a potential, kept differentiable."""

import torch
from torch import nn


def soft_norm(x, w):
    with torch.enable_grad():
        t = torch.ones(x.size(0), dtype=x.dtype, requires_grad=True)
        inside = 1 + (x * w).square().sum(1)
        # d/dt of t * sqrt(inside)
        (rows,) = torch.autograd.grad((t * inside.sqrt()).sum(), t, create_graph=True)
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x * torch.sigmoid(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return s * grad + x * s * (1 - s) * grad


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.full((d, d), 0.1))
        self.bias = nn.Parameter(torch.full((d,), 0.1))

    def forward(self, x):
        z = nn.functional.linear(x, self.weight, self.bias)
        up, down = torch.exp(z), torch.exp(-z)
        return x * (up - down) / (up + down)


def drop(x, p):
    noise = torch.rand(x.shape, dtype=x.dtype)
    return torch.where(noise >= p, x / (1 - p), torch.zeros((), dtype=x.dtype))
