"""Python loops over elements, and lists that are stacked."""

import math

import torch
from torch import nn


def soft_norm(x, w):
    rows = []
    for row in x:
        total = 1
        for one, weight in zip(row, w, strict=True):
            total = total + (one * weight) ** 2
        rows.append(total**0.5)
    rows = torch.stack(rows)
    return rows, sum(rows) / len(rows)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        values = [v / (1 + math.exp(-v)) for v in x.flatten().tolist()]
        return torch.tensor(values, dtype=x.dtype).reshape(x.shape)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        out = torch.empty_like(x).contiguous()
        for i, (v, g) in enumerate(zip(x.flatten().tolist(), grad.flatten().tolist(), strict=True)):
            s = 1 / (1 + math.exp(-v))
            out.view(-1)[i] = g * s * (1 + v * (1 - s))
        return out


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(d, d))
        self.bias = nn.Parameter(torch.rand(d))

    def forward(self, x):
        columns = []
        for j in range(x.shape[1]):
            columns.append(x[:, j] * torch.tanh((x * self.weight[j]).sum(1) + self.bias[j]))
        return torch.stack(columns, dim=1)


def drop(x, p):
    flat = x.reshape(-1)
    kept = [one / (1 - p) if torch.rand(()) >= p else one * 0 for one in flat]
    return torch.stack(kept).view(x.shape)
