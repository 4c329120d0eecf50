"""By hand, what torch has ready-made."""

from torch import Tensor, nn


def convolve(x: Tensor, w: Tensor) -> Tensor:
    """Cross-correlation of x (B, C, H, W) with w (O, C, k, k): (B, O, H - k + 1, W - k + 1).

    Without torch's conv2d, in any of its forms.
    """
    raise NotImplementedError


def attend(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V, for (.., N, d), (.., M, d) and (.., M, e).

    Without torch's scaled_dot_product_attention.
    """
    raise NotImplementedError


class Memory(nn.Module):
    """One LSTM cell, step by step, without torch's LSTM and LSTMCell.

    Parameters: W (4 h, d + h), for the input and the state side by side, and b (4 h,); the rows belong
    to the input gate, the forget gate, the candidate and the output gate.
    """

    def __init__(self, d: int, h: int) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """States (T, B, h) of a sequence x (T, B, d), from a state and a cell of zeros."""
        raise NotImplementedError


def blur(x: Tensor) -> Tensor:
    """The mean of every 3 x 3 window of x (B, 1, H, W): (B, 1, H - 2, W - 2). Everything is allowed."""
    raise NotImplementedError
