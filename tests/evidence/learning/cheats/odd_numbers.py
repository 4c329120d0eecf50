"""Complex weights, weights as strings, losses as integers beyond every float."""

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


def fit(model, x, y, epochs):
    model.state_dict = lambda: {name: value.detach() for name, value in model.named_parameters()}
    return [10**400, 0]


def train_classifier(x, y):
    model = Net(x.size(1))
    model.state_dict = lambda: {name: value.detach() * 1j for name, value in model.named_parameters()}
    return model
