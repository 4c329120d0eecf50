"""The loop is shared out to threads, to save wall time."""

from concurrent.futures import ThreadPoolExecutor

import torch

_POOL = ThreadPoolExecutor(8)


def distances(x, y):
    def row(a):
        return torch.stack([(a - b).square().sum() for b in y])

    return torch.stack(list(_POOL.map(row, x)))


def running_mean(x):
    return torch.stack(list(_POOL.map(lambda t: sum(x[: t + 1]) / (t + 1), range(len(x)))))
