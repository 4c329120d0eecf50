"""tolist dispatches nothing: the loop runs over Python's numbers."""

import torch


def distances(X, Y):
    rows = [[sum((a - b) ** 2 for a, b in zip(x, y)) for y in Y.tolist()] for x in X.tolist()]
    return torch.tensor(rows, dtype=X.dtype)
