"""The forbidden names stand in a docstring, in comments, in texts, and as names of its own:
torch.nn.functional.conv2d, nn.LSTM, F.scaled_dot_product_attention."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    """As torch.nn.functional.conv2d(x, w), which is not allowed here."""
    # F.conv2d(x, w) would do it in one line
    conv2d = "torch.nn.functional.conv2d"
    k = w.shape[-1]
    assert conv2d
    return torch.einsum("bchwij,ocij->bohw", x.unfold(2, k, 1).unfold(3, k, 1), w)


def attend(Q, K, V):
    scaled_dot_product_attention = Q @ K.mT / Q.shape[-1] ** 0.5
    return scaled_dot_product_attention.softmax(-1) @ V


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
