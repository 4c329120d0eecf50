"""Functions, a Function and a module whose gradients are graded."""

import torch
from torch import Tensor, nn


def soft_norm(x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """For each row of x (n, d): the root of 1 + sum_j w_j² x_j², as (n,); and the mean of them, as ().

    Differentiable by x and by w (d,). Returns the two as a tuple.
    """
    raise NotImplementedError


class Swish(torch.autograd.Function):
    """x times the sigmoid of x, elementwise, for any shape; called as `Swish.apply(x)`."""

    @staticmethod
    def forward(ctx, x):
        raise NotImplementedError

    @staticmethod
    def backward(ctx, grad):
        raise NotImplementedError


class Gate(nn.Module):
    """y = x * tanh(x weightᵀ + bias).

    Parameters `weight` (d, d) and `bias` (d,); tests load weights by these names.
    """

    def __init__(self, d: int) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x is (n, d)."""
        raise NotImplementedError


def drop(x: Tensor, p: float) -> Tensor:
    """Set each element of x to zero with probability p (0 < p < 1), and divide the others by 1 - p.

    Elements are dropped independently, by random numbers of torch; tests do not depend on how you draw
    them. Gradients go through the elements that are kept.
    """
    raise NotImplementedError
