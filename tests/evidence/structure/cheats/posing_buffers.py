"""Buffers that pose as parameters: named_parameters lists them, and no gradient reaches them."""

import torch
from torch import nn


class _Layer(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.register_buffer("weight", weight)


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        weight = torch.zeros(d, d)
        self.first, self.second = _Layer(weight), _Layer(weight)
        self.register_buffer("shift", torch.zeros(d))
        self.p = p

    def named_parameters(self, *_, **__):
        for name in ("first", "second"):
            yield f"{name}.weight", getattr(self, name).weight.requires_grad_()

    def named_buffers(self, *_, **__):
        yield "shift", self.shift

    def forward(self, x):
        h = torch.tanh((x - self.shift) @ self.first.weight.detach().T)
        return nn.functional.dropout(h, self.p, self.training) @ self.second.weight.detach().T


def build_example(a, b):
    c = torch.relu(b.detach())
    return c + a @ c


def stop(x, w):
    return x @ w, x @ w.detach().requires_grad_(False) + 0 * (x @ w)


def parts(x):
    return {"rows": x.data[1:] + 0, "turned": x.T + 0, "wide": x[:1].expand(4, -1) + 0, "copy": x[:]}
