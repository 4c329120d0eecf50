"""Columns first in memory, then summed over the first dimension; blocks of a cumulative sum."""

import torch


def distances(x, y):
    a, b = x.T.contiguous(), y.T.contiguous()
    return (a[:, :, None] - b[:, None, :]).pow(2).sum(0)


def running_mean(x):
    t, d = x.shape
    blocks = x.reshape(16, t // 16, d) if t % 16 == 0 else x.reshape(1, t, d)
    inner = blocks.cumsum(1)
    before = inner[:, -1].cumsum(0) - inner[:, -1]
    return (inner + before[:, None]).reshape(t, d) / torch.arange(1, t + 1, dtype=x.dtype)[:, None]
