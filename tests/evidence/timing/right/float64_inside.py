"""Everything in float64 inside, whatever comes in; addmm and addcdiv for the rest."""

import torch


def distances(x, y):
    a, b = x.double(), y.double()
    squares = (a * a).sum(1, keepdim=True) + (b * b).sum(1)
    return torch.addmm(squares, a, b.t(), alpha=-2).to(x.dtype)


def running_mean(x):
    wide = x.to(torch.float64)
    steps = torch.arange(1, len(x) + 1, dtype=torch.float64)
    return (wide.cumsum(0) * steps.reciprocal()[:, None]).to(x.dtype)
