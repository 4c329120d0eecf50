"""By numpy on the same memory."""

import numpy as np
import torch


def distances(x, y):
    a, b = x.numpy(), y.numpy()
    return torch.from_numpy(((a[:, None] - b[None]) ** 2).sum(-1))


def running_mean(x):
    steps = np.arange(1, len(x) + 1)[:, None]
    return torch.from_numpy(np.cumsum(x.numpy(), axis=0) / steps)
