"""Containers and hooks that change nothing; tensor_split; deepcopy."""

import copy

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.second.__setattr__("weight", self.first.weight)
        self.register_buffer("shift", torch.zeros(d), persistent=True)
        self.middle = nn.Sequential(nn.Tanh(), nn.Dropout(p))
        self.calls = 0
        self.register_forward_pre_hook(self._count)

    def _count(self, *_):
        self.calls += 1

    def forward(self, x):
        return self.second(self.middle(self.first(x.sub(self.shift))))


def build_example(a, b):
    c = nn.ReLU()(b)
    d = torch.matmul(a, c)
    return sum([d], start=c)


def stop(x, w):
    return x @ w, x @ w.requires_grad_(w.requires_grad).detach()


def parts(x):
    return {
        "rows": torch.tensor_split(x, [1])[1],
        "turned": torch.swapaxes(x, 0, 1),
        "wide": x.select(0, 0).expand(4, x.size(-1)),
        "copy": copy.deepcopy(x.detach()),
    }
