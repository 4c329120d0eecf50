"""A layer of its own with a parameter; as_strided for every view; a copy by numpy."""

import torch
from torch import nn


class _Map(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x):
        return x @ self.weight.T


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        weight = nn.Parameter(torch.randn(d, d) / d**0.5)
        self.second, self.first = _Map(weight), _Map(weight)
        self.register_buffer("shift", torch.zeros(d))
        self.p = p

    def forward(self, x):
        h = self.first(x - self.shift).tanh()
        if self.training:
            h = h * (torch.rand_like(h) >= self.p) / (1 - self.p)
        return self.second(h)


def build_example(a, b):
    c = b.relu()
    d = a.mm(c)
    return c.add(d)


def stop(x, w):
    return x.matmul(w), x.matmul(w.data)


def parts(x):
    n, d = x.shape
    return {
        "rows": x.as_strided((n - 1, d), (d, 1), d),
        "turned": x.as_strided((d, n), (1, d)),
        "wide": x.as_strided((4, d), (0, 1)),
        "copy": torch.from_numpy(x.detach().numpy().copy()),
    }
