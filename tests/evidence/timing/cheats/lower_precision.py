"""Fast, but in single precision inside."""

import torch


def distances(x, y):
    return (x.float()[:, None] - y.float()).square().sum(-1).to(x.dtype)


def running_mean(x):
    steps = torch.arange(1, len(x) + 1, dtype=torch.float32)[:, None]
    return (x.float().cumsum(0) / steps).to(x.dtype)
