"""The call stands in a helper, a decorator, a default argument and a lambda."""

import torch
import torch.nn.functional as F
from torch import nn


class Tools:
    slide = staticmethod(F.conv2d)


def through(function):
    def inside(*arguments):
        return function(*arguments)

    return inside


def convolve(x, w, tools=Tools):
    return through(lambda *a: tools.slide(*a))(x, w)


def attend(Q, K, V, work=through(F.scaled_dot_product_attention)):
    return work(Q, K, V)
