"""Own functions and classes by the forbidden names."""

import torch
import torch.nn.functional as F
from torch import nn


def conv2d(x, w):
    k = w.shape[-1]
    return (x.unfold(2, k, 1).unfold(3, k, 1).unsqueeze(1) * w[None, :, :, None, None]).sum((2, 5, 6))


class Conv2d:
    def __call__(self, x, w):
        return conv2d(x, w)


def convolve(x, w):
    return Conv2d()(x, w)


def attend(Q, K, V):
    return torch.softmax(Q @ K.mT / Q.shape[-1] ** 0.5, -1) @ V


class LSTM(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(4 * h, d + h))
        self.b = nn.Parameter(torch.zeros(4 * h))

    def step(self, x, state, cell):
        i, f, g, o = (torch.cat((x, state), -1) @ self.W.T + self.b).tensor_split(4, -1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        return o.sigmoid() * cell.tanh(), cell


class Memory(LSTM):
    def forward(self, x):
        state = cell = torch.zeros(x.shape[1], len(self.b) // 4, dtype=x.dtype)
        states = []
        for one in x:
            state, cell = self.step(one, state, cell)
            states.append(state)
        return torch.stack(states)


def blur(x):
    return nn.AvgPool2d(3, stride=1)(x)
