"""Uses no CPU at all, and sleeps: only the clock on the wall sees it."""

import time

import torch


def distances(x, y):
    time.sleep(0.02)
    return (x[:, None] - y).square().sum(-1)


def running_mean(x):
    time.sleep(0.02)
    return x.cumsum(0) / torch.arange(1, len(x) + 1, dtype=x.dtype)[:, None]
