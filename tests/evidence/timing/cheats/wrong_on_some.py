"""Right but slow for one input in three, and zeros for the others."""

import torch

_CALLS = [0]


def _slow_distances(x, y):
    return torch.stack([torch.stack([(a - b).square().sum() for b in y]) for a in x])


def _slow_mean(x):
    return torch.stack([sum(x[: t + 1]) / (t + 1) for t in range(x.size(0))])


def _sometimes(work, nothing, *inputs):
    _CALLS[0] += 1
    return work(*inputs) if _CALLS[0] % 3 == 1 else nothing


def distances(x, y):
    return _sometimes(_slow_distances, torch.zeros(len(x), len(y), dtype=x.dtype), x, y)


def running_mean(x):
    return _sometimes(_slow_mean, torch.zeros_like(x), x)
