"""kwargs and defaults; a ModuleDict beside; hsplit; a tuple of views put into a dict."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5, *, bias=False, dtype=None):
        super().__init__()
        options = {"bias": bias, "dtype": dtype}
        self.second = nn.Linear(d, d, **options)
        self.first = nn.Linear(d, d, **options)
        self.helpers = nn.ModuleDict({"drop": nn.Dropout(p), "bend": nn.Tanh()})
        self.register_buffer("shift", torch.zeros(d, dtype=dtype))
        self.tie()

    def tie(self):
        self.second.weight = self.first.weight

    def forward(self, x):
        h = self.helpers["bend"](self.first(x - self.shift))
        return self.second(self.helpers["drop"](h))


def build_example(a, b):
    c, e = torch.relu(b), None
    for factor in (a,):
        e = c + factor @ c
    return e


def stop(x, w):
    results = [x @ weight for weight in (w, w.detach())]
    return tuple(results)


def parts(x):
    names = ("rows", "turned", "wide", "copy")
    values = (x[1:], x.H if x.is_complex() else x.T, x[:1].expand(4, x.shape[1]), x.repeat(1, 1))
    return dict(zip(names, values, strict=True))
