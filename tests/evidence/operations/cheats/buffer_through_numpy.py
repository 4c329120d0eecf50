"""A buffer that torch makes, filled through numpy's view of it."""

import torch


def distances(X, Y):
    out = torch.empty(len(X), len(Y), dtype=X.dtype)
    seen, x, y = out.numpy(), X.numpy(), Y.numpy()
    for i in range(len(x)):
        for j in range(len(y)):
            seen[i, j] = ((x[i] - y[j]) ** 2).sum()
    return out
