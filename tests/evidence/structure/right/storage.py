"""Tensors made upon the same storage with set_; two parameters' names bound in a loop."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        weight = nn.Parameter(torch.zeros(d, d).uniform_(-1, 1))
        for name in ("first", "second"):
            layer = nn.Linear(d, d, bias=False, device="meta")
            layer.weight = weight
            self.add_module(name, layer)
        self.register_buffer("shift", torch.zeros_like(weight[0]).detach())
        self.p = p

    def forward(self, x):
        h = torch.tanh((x - self.shift) @ self.first.weight.t())
        h = torch.nn.functional.dropout(h, p=self.p, training=self.training)
        return h @ self.second.weight.t()


def build_example(a, b):
    if b.ndim != 2:
        raise ValueError("two dimensions")
    c = torch.relu(b)
    return c + (a @ c)


def stop(x, w):
    constant = torch.empty(0, dtype=w.dtype).set_(w.detach())
    return x @ w, x @ constant


def parts(x):
    n, d = x.shape
    storage = x.detach().untyped_storage()
    rows = torch.empty(0, dtype=x.dtype).set_(storage, d, (n - 1, d), (d, 1))
    turned = torch.empty(0, dtype=x.dtype).set_(storage, 0, (d, n), (1, d))
    wide = torch.empty(0, dtype=x.dtype).set_(storage, 0, (4, d), (0, 1))
    return {"rows": rows, "turned": turned, "wide": wide, "copy": x.detach().clone()}
