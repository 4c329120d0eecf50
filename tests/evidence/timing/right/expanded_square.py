"""|a|^2 + |b|^2 - 2ab by a matrix product; a cumulative sum."""

import torch


def distances(x, y):
    return x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T


def running_mean(x):
    return x.cumsum(dim=0) / torch.arange(1, len(x) + 1, dtype=x.dtype).unsqueeze(1)
