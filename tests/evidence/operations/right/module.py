"""A module with a buffer, kept at module level."""

import torch
from torch import nn


class Distances(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("two", torch.tensor(2.0))

    def forward(self, X, Y):
        return torch.pow(X[:, None, :] - Y[None, :, :], self.two.to(X.dtype)).sum(-1)


MODEL = Distances()


def distances(X, Y):
    return MODEL(X, Y)
