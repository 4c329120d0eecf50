"""A tensor that would be computed only when somebody looks at it."""

import torch

class Lazy(torch.Tensor):
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return func(*(one.source * 2 if isinstance(one, cls) else one for one in args), **(kwargs or {}))


def double(x):
    lazy = torch.Tensor._make_wrapper_subclass(Lazy, x.shape, dtype=x.dtype)
    lazy.source = x
    return lazy


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
