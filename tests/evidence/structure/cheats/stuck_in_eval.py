"""A class that cannot be trained: train() does nothing, and gradients stop at .data."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("shift", torch.zeros(d))

    def train(self, mode=True):
        return self

    def forward(self, x):
        weight = self.first.weight.data
        out = torch.tanh((x - self.shift) @ weight.T) @ weight.T
        return out.requires_grad_()


def build_example(a, b):
    with torch.no_grad():
        return (torch.relu(b) + a @ torch.relu(b)).requires_grad_()


def stop(x, w):
    with torch.no_grad():
        return (x @ w).requires_grad_(), (x @ w).requires_grad_()


def parts(x):
    return {"rows": x[1:], "turned": x.T, "wide": x[:1].expand(4, -1), "copy": x.numpy()}
