"""Known wrong versions."""

import torch
from models import MyDropout
from torch import nn

from grader import misconception


def _kept(x, p):
    return torch.rand(x.shape) >= p


@misconception("MyDropout", "What is kept is not divided by 1 - p, so that the mean shrinks in training.")
class NotRescaled(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) if self.training else x


@misconception("MyDropout", "p is taken as the probability to keep; it is the probability to drop.")
class KeepProbability(MyDropout):
    def forward(self, x):
        return x * _kept(x, 1 - self.p) / self.p if self.training else x


@misconception("MyDropout", "It drops in eval mode too: look at self.training.")
class AlwaysOn(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) / (1 - self.p)


@misconception("MyDropout", "At p = 1 it divides by zero: the result is NaN.")
class NanAtOne(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) / (1 - self.p) if self.training else x


@misconception("MyDropout", "Whole rows are dropped together; every element is to be dropped by itself.")
class WholeRows(MyDropout):
    def forward(self, x):
        if not self.training or self.p == 1:
            return super().forward(x)
        return x * _kept(x[:, :1], self.p) / (1 - self.p)


@misconception("MyDropout", "The mask is drawn once and used in every call; draw it anew each time.")
class OneMask(MyDropout):
    mask = None

    def forward(self, x):
        if not self.training or self.p == 1:
            return super().forward(x)
        if self.mask is None:
            self.mask = _kept(x, self.p) / (1 - self.p)
        return x * self.mask


@misconception("MyDropout", "Scaling happens outside of the graph: gradient and output have other factors.")
class ScaledData(MyDropout):
    def forward(self, x):
        if not self.training or self.p == 1:
            return super().forward(x)
        dropped = x * _kept(x, self.p)
        dropped.data /= 1 - self.p
        return dropped


def _copy(own, state):
    with torch.no_grad():
        for name in own.keys() & state.keys():
            if own[name].shape != state[name].shape:
                raise RuntimeError(name)
            own[name].copy_(state[name])


def _check(own, state, strict):
    if strict and own.keys() != state.keys():
        raise KeyError(str(own.keys() ^ state.keys()))


@misconception(
    "my_load", "New Parameter objects replace the model's own; an optimizer made before moves the old ones."
)
def replaces(model, state, strict=True):
    own = model.state_dict(keep_vars=True)
    _check(own, state, strict)
    for name in own.keys() & state.keys():
        if own[name].shape != state[name].shape:
            raise RuntimeError(name)
        owner, _, last = name.rpartition(".")
        new = state[name].clone()
        is_parameter = isinstance(own[name], nn.Parameter)
        setattr(model.get_submodule(owner), last, nn.Parameter(new) if is_parameter else new)


@misconception("my_load", "Only parameters are loaded; running statistics are buffers, and are left out.")
def parameters_only(model, state, strict=True):
    _check(model.state_dict(), state, strict)
    _copy(dict(model.named_parameters()), state)


@misconception("my_load", "A name that the state lacks goes unnoticed although strict is set.")
def absent_unnoticed(model, state, strict=True):
    own = model.state_dict(keep_vars=True)
    if strict and state.keys() - own.keys():
        raise KeyError(str(state.keys() - own.keys()))
    _copy(own, state)


@misconception("my_load", "A name that the model lacks goes unnoticed although strict is set.")
def unknown_unnoticed(model, state, strict=True):
    own = model.state_dict(keep_vars=True)
    if strict and own.keys() - state.keys():
        raise KeyError(str(own.keys() - state.keys()))
    _copy(own, state)


@misconception("my_load", "Names that do not fit raise although strict is False.")
def always_strict(model, state, strict=True):
    own = model.state_dict(keep_vars=True)
    _check(own, state, True)
    _copy(own, state)


@misconception("my_load", "copy_ broadcasts: a tensor of another shape is taken without a word.")
def broadcasts(model, state, strict=True):
    own = model.state_dict(keep_vars=True)
    _check(own, state, strict)
    with torch.no_grad():
        for name in own.keys() & state.keys():
            own[name].copy_(state[name])


@misconception("my_load", "Buffers that are not persistent are asked for, and no state has them.")
def all_buffers(model, state, strict=True):
    own = dict(model.named_parameters()) | dict(model.named_buffers())
    _check(own, state, strict)
    _copy(own, state)


@misconception("my_load", "Parameters are changed in place while autograd watches: use torch.no_grad().")
def recorded(model, state, strict=True):
    own = model.state_dict(keep_vars=True)
    _check(own, state, strict)
    for name in own.keys() & state.keys():
        own[name].copy_(state[name])
