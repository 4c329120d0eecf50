"""Computed in float64 inside whatever comes in, and cast back; the Function by its complex derivative."""

import torch
from torch import nn


def soft_norm(x, w):
    rows = (1 + (x.double() * w.double()).square().sum(1)).sqrt()
    return rows.to(x.dtype), rows.mean().to(x.dtype)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        wide = x.double()
        return (wide * torch.sigmoid(wide)).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        z = torch.complex(x.double(), torch.full_like(x, 1e-30).double())
        slope = (z / (1 + torch.exp(-z))).imag / 1e-30
        return grad * slope.to(grad.dtype)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        inner = x.double() @ self.weight.double().T + self.bias.double()
        return (x.double() * inner.tanh()).to(x.dtype)


def drop(x, p):
    mask = torch.rand(x.shape, dtype=torch.float64).ge(p).to(x.dtype)
    return x.mul(mask).div(1 - p)
