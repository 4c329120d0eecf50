"""Formulas whose results are floating-point numbers, most of them float32.

Every result has the dtype of the inputs, unless its docstring says otherwise.
"""

from torch import Tensor, nn


def normalise(x: Tensor) -> Tensor:
    """Each row of x (n, d) less its mean, divided by its unbiased standard deviation; no row is constant."""
    raise NotImplementedError


def log_sum_exp(x: Tensor) -> Tensor:
    """log(sum(exp(x))) over the last dimension of x (.., n): shape (..). Finite for entries of any size."""
    raise NotImplementedError


def attention(Q: Tensor, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    """Scaled dot-product attention: A = softmax(Q K^T / sqrt(d)) over the keys, H = A V.

    Q (.., n, d), K (.., m, d), V (.., m, v). Returns (H, A) of shapes (.., n, v) and (.., n, m).
    """
    raise NotImplementedError


class LayerNorm(nn.Module):
    """weight * (x - mean) / sqrt(var + eps) + bias over the last dimension; the variance is biased.

    Parameters `weight` (d,), ones, and `bias` (d,), zeros, at the beginning; float32.
    """

    def __init__(self, d: int, eps: float = 1e-5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (.., d)."""
        raise NotImplementedError


def summary(x: Tensor) -> dict[str, object]:
    """What there is in x (n, d), as a dictionary.

    "mean": the mean of all entries, a tensor without dimensions
    "ranges": a list with a tuple for every row: its smallest and its greatest entry, as such tensors
    "phases": exp(i x), a complex tensor (n, d) of twice the width of x (complex64 for float32)
    "positive": how many entries are greater than 0, an int
    """
    raise NotImplementedError
