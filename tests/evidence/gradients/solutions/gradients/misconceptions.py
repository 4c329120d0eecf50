"""Known wrong versions, each the reference with one name replaced."""

import torch
from gradients import Gate, Swish, soft_norm

from grader import misconception


@misconception("soft_norm", "The norm is detached: its gradient does not reach the inputs.")
def detached(x, w):
    rows, mean = soft_norm(x, w)
    return rows.detach(), mean


@misconception("soft_norm", "The weights are detached, so that no gradient reaches them.")
def constant_weights(x, w):
    return soft_norm(x, w.detach())


@misconception("soft_norm", "The root is missing.")
def no_root(x, w):
    rows = 1 + (x * w).square().sum(dim=1)
    return rows, rows.mean()


@misconception("Swish", "The product rule's second term is missing: x times the slope of the sigmoid.")
class OneTerm(Swish):
    @staticmethod
    def backward(ctx, grad):
        _, gate = ctx.saved_tensors
        return grad * gate


@misconception("Swish", "The gradient from above is not multiplied in.")
class NoUpstream(Swish):
    @staticmethod
    def backward(ctx, grad):
        return Swish.backward(ctx, torch.ones_like(grad))


@misconception("Gate", "The weight is used through .data, so that no gradient reaches it.")
class Data(Gate):
    def forward(self, x):
        return x * torch.tanh(x @ self.weight.data.T + self.bias)


@misconception("Gate", "The weight is not transposed.")
class Transposed(Gate):
    def forward(self, x):
        return x * torch.tanh(x @ self.weight + self.bias)


@misconception("drop", "The gradient is not divided by 1 - p as the output is.")
def unscaled_gradient(x, p):
    keep = (torch.rand(x.shape) >= p).to(x.dtype)
    through = x * keep
    return through + (x * keep / (1 - p) - through).detach()


@misconception("drop", "The gradient passes as if nothing were dropped: straight through.")
def straight_through(x, p):
    keep = (torch.rand(x.shape) >= p).to(x.dtype)
    return x + (x * keep / (1 - p) - x).detach()
