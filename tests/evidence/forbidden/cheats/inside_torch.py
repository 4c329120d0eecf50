"""torch's inner modules have the same functions."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    return torch._C._VariableFunctions.conv2d(x, w)


def attend(Q, K, V):
    return torch._C._nn.scaled_dot_product_attention(Q, K, V)
