"""Known wrong versions: the ready-made calls, and one real mistake each."""

import torch
import torch.nn.functional as F
from forbidden import Memory, attend
from torch import nn

from grader import misconception


@misconception("convolve", "torch's conv2d does the work; the task is to write it.")
def ready_made(x, w):
    return F.conv2d(x, w)


@misconception("convolve", "The kernel is flipped: cross-correlation does not do that.")
def flipped(x, w):
    return (
        F.unfold(x, w.shape[-2:])
        .mT.matmul(w.flip(-1, -2).flatten(1).T)
        .mT.unflatten(-1, (x.size(-2) - w.size(-2) + 1, -1))
    )


@misconception("attend", "torch's scaled_dot_product_attention does the work; the task is to write it.")
def fused(Q, K, V):
    return F.scaled_dot_product_attention(Q, K, V)


@misconception("attend", "The scores are not scaled.")
def unscaled(Q, K, V):
    return attend(Q * Q.size(-1) ** 0.5, K, V)


@misconception("Memory", "torch's LSTM does the work; the task is to write it.")
class Wrapped(Memory):
    def __init__(self, d, h):
        super().__init__(d, h)
        self.d = d

    def forward(self, x):
        lstm = nn.LSTM(self.d, self.h).to(x.dtype)
        names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
        given = self.W[:, : self.d], self.W[:, self.d :], self.b, torch.zeros_like(self.b)
        return torch.func.functional_call(lstm, dict(zip(names, given, strict=True)), (x,))[0]


@misconception("Memory", "The forget gate and the input gate are swapped.")
class Swapped(Memory):
    def forward(self, x):
        i, f, g, o = self.W.chunk(4)
        bi, bf, bg, bo = self.b.chunk(4)
        self.W.data, self.b.data = torch.cat((f, i, g, o)), torch.cat((bf, bi, bg, bo))
        return super().forward(x)


@misconception("blur", "The sum of each window; its mean is asked.")
def summed(x):
    return F.avg_pool2d(x, 3, stride=1) * 9
