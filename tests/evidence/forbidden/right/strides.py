"""as_strided windows, bmm, and in-place work on its own buffers."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    x = x.contiguous()
    B, C, H, W = x.shape
    O, _, k, _ = w.shape
    b, c, h, s = x.stride()
    windows = x.as_strided((B, H - k + 1, W - k + 1, C, k, k), (b, h, s, c, h, s))
    left = windows.reshape(B, -1, C * k * k)
    out = torch.bmm(left, w.reshape(1, O, -1).expand(B, -1, -1).transpose(1, 2))
    return out.transpose(1, 2).reshape(B, O, H - k + 1, W - k + 1)


def attend(Q, K, V):
    S = torch.matmul(Q, K.transpose(-1, -2))
    S.div_(Q.shape[-1] ** 0.5)
    S.sub_(S.amax(-1, keepdim=True)).exp_()
    S.div_(S.sum(-1, keepdim=True))
    return torch.matmul(S, V)


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
