"""Two trainings. Any optimizer will do."""

from torch import Tensor, nn


class Line(nn.Module):
    """A linear function of d inputs, without an activation. Given; leave it as it is."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.layer = nn.Linear(d, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) to (n,)."""
        return self.layer(x).squeeze(1)


class Net(nn.Module):
    """A small classifier of d inputs into two classes. Given; leave it as it is."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(d, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) to logits (n, 2)."""
        return self.out(self.hidden(x).tanh())


def fit(model: nn.Module, x: Tensor, y: Tensor, epochs: int) -> list[float]:
    """Train the model in place, so that model(x) (n,) comes near to y (n,) in the mean of squares.

    Inputs are standard normal, and 100 epochs suffice for plain gradient descent with a learning rate of .1.

    Returns `epochs` + 1 numbers: the mean squared error over all of x, y before training, and after each
    epoch.
    """
    raise NotImplementedError


def train_classifier(x: Tensor, y: Tensor) -> Net:
    """Make a Net for the d inputs of x (n, d), train it on the classes y (n,), 0 or 1, and return it.

    Which initial weights you draw is up to you.
    """
    raise NotImplementedError
