"""Intermediate results computed again in the backward pass, by checkpointing."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def _rows(x, w):
    return ((x * w).pow(2).sum(-1) + 1).pow(0.5)


def soft_norm(x, w):
    rows = checkpoint(_rows, x, w, use_reentrant=True)
    return rows, rows.sum() / rows.size(0)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sigmoid().mul_(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return (1 - s).mul_(x).add_(1).mul_(s).mul_(grad)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d, d))
        self.bias = nn.Parameter(torch.ones(d))

    def _gate(self, x):
        return torch.tanh(torch.addmm(self.bias, x, self.weight.t()))

    def forward(self, x):
        return x * checkpoint(self._gate, x, use_reentrant=False)


def drop(x, p):
    return checkpoint(lambda y: torch.nn.functional.dropout(y, p), x, use_reentrant=False)
