"""Looks at a few values, prints, and checks itself: that is no loop."""

import torch


def distances(X, Y):
    print("distances of", X, "and", Y)
    if X.isnan().any():
        raise ValueError("NaN")
    minus_two = torch.tensor(-2.0, dtype=X.dtype)
    D = torch.addmm(Y.square().sum(1), X, Y.T, alpha=minus_two.item())
    D += X.square().sum(1)[:, None]
    assert D.shape == (X.shape[0], Y.shape[0]), f"{D.shape}"
    return D.clamp(min=0)
