"""Every number by item."""

import torch


def distances(X, Y):
    n, m, d = len(X), len(Y), X.shape[1]
    x = [[X[i, k].item() for k in range(d)] for i in range(n)]
    y = [[Y[j, k].item() for k in range(d)] for j in range(m)]
    return X.new_tensor([[sum((a - b) ** 2 for a, b in zip(u, v)) for v in y] for u in x])
