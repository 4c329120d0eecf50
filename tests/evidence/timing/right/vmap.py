"""vmap over the rows of one side; the mean by differentiable operations on a view."""

import torch


def distances(x, y):
    return torch.vmap(lambda a: (a - y).square().sum(-1))(x)


def running_mean(x):
    steps = torch.ones(len(x), 1, dtype=x.dtype).cumsum(0)
    return torch.true_divide(x.cumsum(-2), steps)
