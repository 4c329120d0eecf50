"""Sums written as einsum."""

import torch


def distances(x, y):
    difference = x[:, None] - y
    return torch.einsum("nmd,nmd->nm", difference, difference)


def running_mean(x):
    t = x.size(0)
    weights = torch.tril(torch.ones(t, t, dtype=x.dtype))
    return torch.einsum("ts,sd->td", weights, x) / weights.sum(1, keepdim=True)
