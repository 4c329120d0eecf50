"""vmap over rows, and func.grad and func.vjp for derivatives."""

import torch
from torch import nn
from torch.func import vjp, vmap


def soft_norm(x, w):
    rows = vmap(lambda row: (1 + (row * w).dot(row * w)).sqrt())(x)
    return rows, rows.mean()


def _swish(x):
    return x * torch.sigmoid(x)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return _swish(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        _, pull = vjp(_swish, x)
        return pull(grad)[0]


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.register_parameter("weight", nn.Parameter(torch.zeros(d, d)))
        self.register_parameter("bias", nn.Parameter(torch.zeros(d)))

    def forward(self, x):
        return vmap(lambda row: row * torch.tanh(self.weight @ row + self.bias))(x)


def drop(x, p):
    return vmap(lambda row: row * (torch.rand_like(row) >= p) / (1 - p), randomness="different")(x)
