"""A loop over all pairs."""

import torch


def distances(X, Y):
    out = torch.zeros(len(X), len(Y), dtype=X.dtype)
    for i in range(len(X)):
        for j in range(len(Y)):
            out[i, j] = ((X[i] - Y[j]) ** 2).sum()
    return out
