"""importlib and attrgetter, inside the functions."""

import importlib
from operator import attrgetter, methodcaller


def convolve(x, w):
    return attrgetter("functional.conv" + "2d")(importlib.import_module("torch.nn"))(x, w)


def attend(Q, K, V):
    return methodcaller("scaled_dot_product_attention", Q, K, V)(
        importlib.import_module("torch.nn.functional")
    )
