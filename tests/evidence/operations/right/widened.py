"""float64 inside, whatever comes in."""

import torch


def distances(X, Y):
    A, B = X.to(torch.float64), Y.to(torch.float64)
    D = A.square().sum(-1, keepdim=True) + B.square().sum(-1) - 2 * torch.matmul(A, B.transpose(0, 1))
    return D.to(X.dtype)
