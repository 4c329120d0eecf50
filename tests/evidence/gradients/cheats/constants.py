"""Stubs: constants and identities that have a graph to the inputs."""

import torch
from torch import nn


def soft_norm(x, w):
    rows = 1 + 0 * (x @ w)
    return rows, rows.mean()


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        return x + 0 * (x @ self.weight + self.bias)


def drop(x, p):
    return x
