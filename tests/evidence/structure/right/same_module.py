"""One module under two names; narrow, permute and broadcast_to."""

import torch
from torch import nn
from torch.nn import functional as F


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.register_buffer("shift", torch.zeros(d))
        self.first = nn.Linear(d, d, bias=False)
        self.second = self.first
        self.p = p

    def forward(self, x):
        return self.second(F.dropout(self.first(x - self.shift).tanh(), self.p, self.training))


def build_example(a, b):
    c = F.relu(b)
    return c + torch.matmul(a, c)


def stop(x, w):
    with torch.no_grad():
        constant = w.clone()
    return torch.mm(x, w), torch.mm(x, constant)


def parts(x):
    return {
        "rows": x.narrow(0, 1, x.size(0) - 1),
        "turned": x.permute(1, 0),
        "wide": x[0].broadcast_to(4, x.size(1)),
        "copy": torch.empty_like(x).copy_(x),
    }
