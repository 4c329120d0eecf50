"""F.linear with the weights of bare modules; views of views; a copy by indexing."""

import torch
from torch import nn
from torch.nn import functional as F


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.second = nn.Linear(d, d, bias=False)
        self.first = nn.Linear(d, d, bias=False)
        self.first.weight = self.second.weight
        self.shift = nn.Buffer(torch.zeros(d)) if hasattr(nn, "Buffer") else None
        if self.shift is None:
            del self.shift
            self.register_buffer("shift", torch.zeros(d))
        self.p = p

    def forward(self, x):
        h = F.linear(x - self.shift, self.first.weight)
        h = (
            torch.where(torch.rand(h.shape) < self.p, 0, h.tanh() / (1 - self.p))
            if self.training
            else h.tanh()
        )
        return F.linear(h, self.second.weight)


def build_example(a, b):
    c = F.relu(b, inplace=False)
    d = a.matmul(c)
    return c.__add__(d)


def stop(x, w):
    frozen = torch.tensor(w.tolist(), dtype=w.dtype)
    return F.linear(x, w.T), F.linear(x, frozen.T)


def parts(x):
    turned = x.view(x.shape).transpose(0, 1)
    return {
        "rows": turned.T[1:, :],
        "turned": turned,
        "wide": turned[:, 0].view(1, -1).expand(4, -1),
        "copy": x[torch.arange(len(x))],
    }
