"""The call stands in the forward pass of an autograd.Function."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    class Slide(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return torch.conv2d(a, b)

    return Slide.apply(x, w)


def attend(Q, K, V):
    return torch.utils.checkpoint.checkpoint(F.scaled_dot_product_attention, Q, K, V, use_reentrant=False)
