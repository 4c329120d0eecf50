"""Parameters and attributes called as the modules are: `F` is a tensor here."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    return _product(x, w, w.shape[-1])


def _product(F, nn, k):
    F = F.unfold(2, k, 1).unfold(3, k, 1)
    return F.permute(0, 2, 3, 1, 4, 5).flatten(3).matmul(nn.flatten(1).t()).permute(0, 3, 1, 2)


class Formula:
    conv2d = "no function"

    def scaled_dot_product_attention(self, Q, K, V):
        return (Q @ K.transpose(-2, -1) * Q.shape[-1] ** -0.5).softmax(dim=-1) @ V


def attend(Q, K, V):
    return Formula().scaled_dot_product_attention(Q, K, V)


class Memory(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.W = nn.Parameter(torch.empty(4 * h, d + h).normal_())
        self.b = nn.Parameter(torch.zeros(4 * h))

    def forward(self, x):
        h = len(self.b) // 4
        state, cell, out = x.new_zeros(x.shape[1], h), x.new_zeros(x.shape[1], h), []
        for step in x:
            i, f, g, o = F.linear(torch.cat([step, state], 1), self.W, self.b).split(h, dim=1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            state = torch.sigmoid(o) * torch.tanh(cell)
            out.append(state)
        return torch.stack(out)


def blur(x):
    return F.conv2d(x, x.new_full((1, 1, 3, 3), 1 / 9))
