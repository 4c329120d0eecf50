"""torch's own name is given another function, the old one is kept."""

import torch
import torch.nn.functional as F
from torch import nn


kept = torch.conv2d, F.scaled_dot_product_attention
torch.conv2d = torch.nn.functional.conv2d = lambda *a: None
F.scaled_dot_product_attention = lambda *a: None


def convolve(x, w):
    return kept[0](x, w)


def attend(Q, K, V):
    return kept[1](Q, K, V)
