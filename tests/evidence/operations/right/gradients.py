"""The derivative of a sum of cubes is three squares: autograd, turned on by the solution itself."""

import torch


def distances(X, Y):
    with torch.enable_grad():
        D = (X[:, None] - Y).requires_grad_()
        (squares,) = torch.autograd.grad((D**3).sum() / 3, D)
    return squares.sum(-1)
