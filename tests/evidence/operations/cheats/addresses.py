"""The numbers are read through their address."""

import ctypes

import torch


def numbers(T):
    kind = ctypes.c_double if T.dtype is torch.float64 else ctypes.c_float
    T = T.contiguous()
    return (kind * T.numel()).from_address(T.data_ptr())


def distances(X, Y):
    d, x, y = X.shape[1], numbers(X), numbers(Y)
    rows = [
        [sum((x[i * d + k] - y[j * d + k]) ** 2 for k in range(d)) for j in range(len(Y))]
        for i in range(len(X))
    ]
    return torch.tensor(rows, dtype=X.dtype)
