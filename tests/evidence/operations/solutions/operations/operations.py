"""Reference."""

from torch import Tensor


def distances(X: Tensor, Y: Tensor) -> Tensor:
    """Squared distances of all pairs of rows."""
    return (X[:, None] - Y).square().sum(dim=-1)
