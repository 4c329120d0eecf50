"""A subclass of nn.Linear-holding base; super().forward; contiguous copies by cat."""

import torch
from torch import nn


class _Base(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("shift", torch.zeros(d))

    def hidden(self, x):
        return self.first(x - self.shift).tanh()


class Tied(_Base):
    def __init__(self, d, p=0.5):
        super().__init__(d)
        self.p = p

    def train(self, mode=True):
        self.noisy = mode
        return super().train(mode)

    noisy = True

    def forward(self, x):
        h = self.hidden(x)
        scale = 1.0
        if self.noisy:
            scale = torch.empty(h.shape, dtype=h.dtype).bernoulli_(1 - self.p) / (1 - self.p)
        return self.second(h * scale)


def build_example(a, b):
    c = torch.nn.functional.relu(b)
    d = a.__matmul__(c)
    return torch.add(c, other=d)


def stop(x, w):
    graph = x @ w
    with torch.no_grad():
        w = w * 1
    return graph, x @ w


def parts(x):
    views = {"rows": x[1 : x.shape[0]], "turned": x.permute(-1, 0), "wide": x[(0,) * 1].expand(4, -1)}
    return views | {"copy": torch.cat([x[:1], x[1:]])}
