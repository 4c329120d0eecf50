"""Custom Functions whose nodes go by the names of the built-in ones."""

import torch
from torch import nn


def _function(name, forward, backward):
    function = type(
        name,
        (torch.autograd.Function,),
        {"forward": staticmethod(forward), "backward": staticmethod(backward)},
    )
    function._backward_cls.__name__ = name
    function._backward_cls.name = lambda self: name
    return function


def _keep(ctx, *values):
    ctx.save_for_backward(*values)


def _relu(ctx, b):
    _keep(ctx, b)
    return b.clamp(min=0)


def _mm(ctx, a, c):
    _keep(ctx, a, c)
    return a @ c


_Relu = _function("ReluBackward0", _relu, lambda ctx, g: g * (ctx.saved_tensors[0] > 0))
_Mm = _function("MmBackward0", _mm, lambda ctx, g: (g @ ctx.saved_tensors[1].T, ctx.saved_tensors[0].T @ g))
_Add = _function("AddBackward0", lambda ctx, c, d: c + d, lambda ctx, g: (g, g))


def build_example(a, b):
    c = _Relu.apply(b)
    return _Add.apply(c, _Mm.apply(a, c))


class _Two(torch.autograd.Function):
    """Claims a gradient for the input that is to be a constant."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, grad):
        _, w = ctx.saved_tensors
        return grad @ w.T, torch.zeros_like(w)


def stop(x, w):
    return _Two.apply(x, w), _Two.apply(x, w)


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.head = nn.Linear(d, d, bias=False)
        self.tail = nn.Linear(d, d, bias=False)
        self.tail.weight = self.head.weight
        self.drop = nn.Dropout(p)
        self.register_buffer("shift", torch.zeros(d))
        self._register_state_dict_hook(self._rename)

    @staticmethod
    def _rename(module, state, prefix, _):
        for old, new in (("head", "first"), ("tail", "second")):
            state[f"{prefix}{new}.weight"] = state.pop(f"{prefix}{old}.weight")

    def forward(self, x):
        return self.tail(torch.tanh(self.head(x - self.shift)))


def parts(x):
    return {"rows": x[1:], "turned": x.T, "wide": x[:1].expand(4, -1), "copy": x.detach()}
