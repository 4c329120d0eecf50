"""The derivative of a sum of cubes is three squares: torch.func.grad."""

import torch


def cubes(D):
    return (D**3).sum() / 3


def distances(X, Y):
    return torch.func.grad(cubes)(X[:, None] - Y).sum(-1)
