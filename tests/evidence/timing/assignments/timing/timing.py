"""Two functions without a loop over rows."""

from torch import Tensor


def distances(x: Tensor, y: Tensor) -> Tensor:
    """The squared distance of every row of x (n, d) from every row of y (m, d): (n, m), in the dtype of x.

    It takes at most five times as long as ours, and a fifth of what one call for each row takes.
    """
    raise NotImplementedError


def running_mean(x: Tensor) -> Tensor:
    """Row t of the result is the mean of the rows 0 .. t of x (t, d): (t, d), in the dtype of x.

    It takes at most five times as long as ours.
    """
    raise NotImplementedError
