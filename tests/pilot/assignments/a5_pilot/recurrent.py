"""A recurrent network learns to turn "hello" into "ohlol"."""

from torch import Tensor, nn


class HelloRNN(nn.Module):
    """One recurrent layer whose outputs are the logits of the four letters.

    One submodule, by this name (tests load weights by it):

        rnn: nn.RNN(4, 4), one layer with tanh and biases
    """

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Logits (T, 4) of a sequence x (T, 4) of one-hot letters; the hidden state starts at zero."""
        raise NotImplementedError


def train_hello(state: dict[str, Tensor], epochs: int, lr: float) -> tuple[HelloRNN, list[float], str]:
    """Train a HelloRNN that starts from the given weights.

    The letters are e, h, l, o with the indices 0, 1, 2, 3. The input is "hello", the indices 1 0 2 2 3,
    as one-hot float32 rows; the target is "ohlol", the indices 3 1 2 3 2.

    Each epoch is one pass over the whole word: forward, cross entropy (mean over the five letters),
    backward from zeroed gradients, one step of torch.optim.Adam with this lr.

    Arguments:
        state: a state_dict for HelloRNN; it is not changed.

    Returns:
        the trained model; the loss of every epoch before its step, as Python floats; and the word that
        the logits of the last epoch spell (the likeliest letter at each position, before the last step).
    """
    raise NotImplementedError
