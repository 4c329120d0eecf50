"""Einsum for every product; the sigmoid's derivative from its definition."""

import torch
from torch import nn


def soft_norm(x, w):
    rows = torch.sqrt(torch.einsum("nd,nd,d,d->n", x, x, w, w) + 1)
    return rows, torch.einsum("n->", rows) / rows.numel()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x / (1 + torch.exp(-x))

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        e = torch.exp(-x)
        return grad * ((1 + e) + x * e) / (1 + e) ** 2


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(d))
        self.bias = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return torch.einsum("nd,nd->nd", x, torch.tanh(torch.einsum("nd,ed->ne", x, self.weight) + self.bias))


def drop(x, p):
    return torch.einsum("...,...->...", x, torch.bernoulli(torch.full(x.shape, 1 - p)).to(x.dtype)) / (1 - p)
