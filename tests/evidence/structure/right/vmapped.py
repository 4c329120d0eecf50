"""vmap over rows; views by unfold and diagonal-free indexing with Ellipsis and None."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.add_module("first", nn.Linear(d, d, False))
        self.add_module("second", nn.Linear(d, d, False))
        del self.second.weight
        self.second.register_parameter("weight", self.first.weight)
        self.register_buffer("shift", torch.zeros(d))
        self.keep = 1 - p

    def _hidden(self, row):
        return torch.tanh(self.first.weight @ (row - self.shift))

    def forward(self, x):
        h = torch.vmap(self._hidden)(x)
        if self.training:
            h = h.masked_fill(torch.rand(h.shape) > self.keep, 0) / self.keep
        return torch.vmap(lambda row: self.second.weight @ row)(h)


def build_example(a, b):
    c = torch.Tensor.relu(b)
    d = torch.Tensor.matmul(a, c)
    return torch.Tensor.add(c, d)


def stop(x, w):
    return torch.vmap(lambda row: row @ w)(x), torch.vmap(lambda row: row @ w.detach())(x)


def parts(x):
    return {
        "rows": x[1:, ...],
        "turned": x.mT,
        "wide": x[None, 0].expand_as(torch.empty(4, x.shape[1])),
        "copy": x + torch.zeros((), dtype=x.dtype) if x.dtype != torch.bool else x | False,
    }
