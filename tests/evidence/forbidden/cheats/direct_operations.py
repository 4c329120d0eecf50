"""The operations themselves, past the public functions."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    return torch.ops.aten.conv2d(x, w)


def attend(Q, K, V):
    return torch.ops.aten.scaled_dot_product_attention.default(Q, K, V)


class Memory(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.W = nn.Parameter(torch.randn(4 * h, d + h))
        self.b = nn.Parameter(torch.zeros(4 * h))

    def forward(self, x):
        d, zero = x.shape[-1], x.new_zeros(1, x.shape[1], len(self.b) // 4)
        weights = self.W[:, :d].contiguous(), self.W[:, d:].contiguous(), self.b, torch.zeros_like(self.b)
        return torch._VF.lstm(x, (zero, zero), weights, True, 1, 0.0, False, False, False)[0]
