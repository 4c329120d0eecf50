"""A module, graphs and views whose structure is graded."""

from torch import Tensor, nn


class Tied(nn.Module):
    """Two linear maps without bias that share one weight, with dropout between them.

    Parameters `first.weight` and `second.weight` (d, d) are one and the same nn.Parameter. A buffer
    `shift` (d), zeros at the beginning, is saved with the state. With W the weight, forward computes
    h = tanh((x - shift) Wᵀ), in training sets each element of h to zero with probability p and divides
    the others by 1 - p, and returns h Wᵀ.
    """

    def __init__(self, d: int, p: float = 0.5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x is (n, d)."""
        raise NotImplementedError


def build_example(a: Tensor, b: Tensor) -> Tensor:
    """c = relu(b), d = a @ c, e = c + d, in these operations and this order of operands; returns e."""
    raise NotImplementedError


def stop(x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """x @ w twice: with a graph to both, and with one to x only, w being taken as a constant."""
    raise NotImplementedError


def parts(x: Tensor) -> dict[str, Tensor]:
    """Of x (n, d), n > 1: `rows`, all rows but the first; `turned`, the transpose; `wide`, the first row
    four times, (4, d): three views of x that take no memory of their own. And `copy`, an independent copy.
    """
    raise NotImplementedError
