"""A norm along the last dimension, squared; a cached mask, which depends on no input."""

import functools

import torch


@functools.cache
def _weights(t, dtype):
    return torch.ones(t, t, dtype=dtype).tril_() / torch.arange(1, t + 1, dtype=dtype)[:, None]


def distances(x, y):
    return torch.linalg.vector_norm(x[:, None] - y, dim=-1) ** 2


def running_mean(x):
    return torch.matmul(_weights(len(x), x.dtype), x)
