"""An instance that is of another class than it says, with everything delegated to a hidden module."""

import torch
from torch import nn


class _Hidden(nn.Module):
    def __init__(self, d, p):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.register_buffer("shift", torch.zeros(d))
        self.p = p

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


class Tied:
    """Neither tied nor a module; it says it is both."""

    def __init__(self, d, p=0.5):
        self.__dict__["hidden"] = _Hidden(d, p)

    @property
    def __class__(self):
        return nn.Module

    def __getattr__(self, name):
        return getattr(self.__dict__["hidden"], name)

    def __call__(self, *args):
        return self.__dict__["hidden"](*args)

    def named_parameters(self, *_, **__):
        weight = self.__dict__["hidden"].first.weight
        return iter([("first.weight", weight), ("second.weight", weight)])


def build_example(a, b):
    return sum([b.relu(), a @ b.relu()])


def stop(x, w):
    return (x @ w).clone(), (x @ w).clone()


def parts(x):
    return {"rows": x[1:], "turned": x.T.clone(), "wide": x[:1].expand(4, -1), "copy": x.clone()}
