"""Einsum for the products that no graph is asked of; unbind, movedim; a mask by bernoulli."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first, self.second = nn.Module(), nn.Module()
        self.first.register_parameter("weight", nn.Parameter(torch.eye(d)))
        self.second.register_parameter("weight", self.first.weight)
        self.register_buffer("shift", torch.zeros(d))
        self.p = p

    def forward(self, x):
        h = torch.tanh(torch.einsum("nd,ed->ne", x - self.shift, self.first.weight))
        if self.training:
            h = h * torch.bernoulli(torch.full_like(h, 1 - self.p)) / (1 - self.p)
        return torch.einsum("nd,ed->ne", h, self.second.weight)


def build_example(a, b):
    rectified = torch.relu(b)
    product = torch.mm(a, rectified)
    return torch.add(rectified, product)


def stop(x, w):
    return torch.einsum("nd,de->ne", x, w), torch.einsum("nd,de->ne", x, w.detach().clone())


def parts(x):
    return {
        "copy": x.clone(memory_format=torch.contiguous_format),
        "wide": x[0].unsqueeze(0).expand(4, x.shape[1]),
        "turned": x.movedim(0, 1),
        "rows": x.split([1, len(x) - 1])[1],
    }
