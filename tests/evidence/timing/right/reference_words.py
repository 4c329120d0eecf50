"""The broadcast difference, as in the reference, and a mask by comparison."""

import torch


def distances(x, y):
    difference = x.unsqueeze(1) - y.unsqueeze(0)
    return (difference * difference).sum(-1)


def running_mean(x):
    rows = torch.arange(len(x))
    mask = (rows[:, None] >= rows).to(x.dtype)
    return mask @ x / (rows + 1).to(x.dtype)[:, None]
