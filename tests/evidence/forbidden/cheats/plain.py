"""The ready-made calls, by their names."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    return F.conv2d(x, w)


def attend(Q, K, V):
    return F.scaled_dot_product_attention(Q, K, V)


class Memory(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.d, self.h = d, h
        self.W = nn.Parameter(torch.randn(4 * h, d + h))
        self.b = nn.Parameter(torch.zeros(4 * h))

    def forward(self, x):
        cell = nn.LSTMCell(self.d, self.h).to(x.dtype)
        weights = {
            "weight_ih": self.W[:, : self.d],
            "weight_hh": self.W[:, self.d :],
            "bias_ih": self.b,
            "bias_hh": torch.zeros_like(self.b),
        }
        state, states = None, []
        for step in x:
            state = torch.func.functional_call(cell, weights, (step, state))
            states.append(state[0])
        return torch.stack(states)
