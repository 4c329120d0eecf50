"""A buffer of its own, filled in place."""

import torch


def distances(X, Y):
    out = torch.empty(X.shape[0], Y.shape[0], dtype=X.dtype, device=X.device)
    torch.mm(X, Y.t(), out=out)
    out.mul_(-2)
    out += X.pow(2).sum(1, keepdim=True)
    out.add_(Y.pow(2).sum(1))
    return out
