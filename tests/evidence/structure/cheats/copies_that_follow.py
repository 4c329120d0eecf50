"""The second weight follows the first at certain moments: when it is read, saved, or called."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.drop = nn.Dropout(p)
        self.register_buffer("shift", torch.zeros(d))

    def _follow(self):
        with torch.no_grad():
            self.second.weight.copy_(self.first.weight)

    def state_dict(self, *args, **options):
        self._follow()
        return super().state_dict(*args, **options)

    def forward(self, x):
        self._follow()
        return self.second(self.drop(torch.tanh(self.first(x - self.shift))))


def build_example(a, b):
    c = torch.relu(b)
    return a.T.mm(c).T.mm(torch.eye(a.size(0), dtype=a.dtype)) + c


def stop(x, w):
    return x @ w, x @ w.clone()


class _Following(dict):
    """A dictionary whose items are made anew, from the input, whenever they are read."""

    def __init__(self, x):
        super().__init__()
        self.x = x

    def __getitem__(self, key):
        x = self.x
        return {"rows": x[1:], "turned": x.T, "wide": x[:1].expand(4, -1), "copy": x}[key].clone()

    def keys(self):
        return ["rows", "turned", "wide", "copy"]

    def items(self):
        return [(key, self[key]) for key in self.keys()]

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return 4


def parts(x):
    return _Following(x)
