"""Three formulas, each with a classic mistake or ten."""

from torch import Tensor


def attention_weights(q: Tensor, k: Tensor) -> Tensor:
    """Softmax over the keys of q k^T / sqrt(d), for q (n, d) and k (m, d); the result is (n, m)."""
    raise NotImplementedError


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """x weight^T + bias, for x (n, d), weight (m, d) and bias (m,); the result is (n, m)."""
    raise NotImplementedError


def column_means(x: Tensor) -> Tensor:
    """The mean of each column of x (n, d), in the dtype of x; the result is (d,)."""
    raise NotImplementedError
