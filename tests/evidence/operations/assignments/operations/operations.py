"""Distances of all pairs, without a loop."""

from torch import Tensor


def distances(X: Tensor, Y: Tensor) -> Tensor:
    """Squared distances of every row of X (n, d) to every row of Y (m, d): (n, m), in their dtype.

    By at most 60 operations of torch. Each number that leaves torch (`tolist`, `numpy`) or enters it
    (`torch.tensor` of a list) counts as one. No tensor on the way has more than eight times as many
    elements as the result.
    """
    raise NotImplementedError
