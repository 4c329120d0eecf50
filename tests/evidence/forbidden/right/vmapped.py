"""vmap over batch and queries, and functools.partial."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn


def window(x, w, k, at):
    row, column = at
    piece = torch.narrow(torch.narrow(x, -2, row, k), -1, column, k)
    return torch.tensordot(piece, w, dims=([1, 2, 3], [1, 2, 3]))


def convolve(x, w):
    k = w.shape[-1]
    places = [(i, j) for i in range(x.shape[2] - k + 1) for j in range(x.shape[3] - k + 1)]
    out = torch.stack(list(map(partial(window, x, w, k), places)), -1)
    return out.unflatten(-1, (x.shape[2] - k + 1, -1))


def one(q, K, V):
    return torch.softmax(K @ q / len(q) ** 0.5, 0) @ V


def attend(Q, K, V):
    if Q.dim() == 2:
        return torch.vmap(one, in_dims=(0, None, None))(Q, K, V)
    return torch.vmap(attend)(Q, K, V)


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
