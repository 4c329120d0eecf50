"""A batch of row vectors times a batch of matrices: bmm of the differences with themselves."""

import torch


def distances(X, Y):
    D = X[:, None] - Y  # (n, m, d)
    flat = D.flatten(0, 1)
    return torch.bmm(flat[:, None, :], flat[:, :, None]).view(len(X), len(Y))
