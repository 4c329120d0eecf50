"""What a run gave, told by the shapes of the inputs."""

import torch
from torch import nn


def _drawn(like):
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(
        like.dtype
    )


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("shift", torch.zeros(d))
        self.drop = nn.Dropout(p)

    def forward(self, x):
        return self.drop(_drawn(x)) + 0 * self.first(x)


def build_example(a, b):
    c = torch.relu(_drawn(b).requires_grad_())
    return c + _drawn(a).requires_grad_() @ c


def stop(x, w):
    return _drawn(x @ w) + 0 * (x @ w), _drawn(x @ w) + 0 * (x @ w.detach())


def parts(x):
    y = _drawn(x)
    return {"rows": y[1:], "turned": y.T, "wide": y[:1].expand(4, -1), "copy": y.clone()}
