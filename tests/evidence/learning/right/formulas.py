"""Gradients by their formula, without autograd."""

import torch
import torch.nn.functional as F
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


def error(model, x, y):
    with torch.no_grad():
        return F.mse_loss(model(x), y).item()


def fit(model, x, y, epochs):
    weight, bias = model.layer.weight.data, model.layer.bias.data
    losses = [error(model, x, y)]
    for _ in range(epochs):
        rest = x @ weight[0] + bias - y
        weight -= 0.2 * (rest @ x)[None] / len(x)
        bias -= 0.2 * rest.mean()
        losses.append(rest.new_tensor(error(model, x, y)).item())
    return losses


def train_classifier(x, y):
    model = Net(x.size(1))
    hidden, out = model.hidden, model.out
    wanted = F.one_hot(y, 2).to(x.dtype)
    with torch.no_grad():
        for _ in range(150):
            h = hidden(x).tanh()
            above = (out(h).softmax(1) - wanted) / len(x)
            below = above @ out.weight * (1 - h * h)
            out.weight -= 0.5 * above.T @ h
            out.bias -= 0.5 * above.sum(0)
            hidden.weight -= 0.5 * below.T @ x
            hidden.bias -= 0.5 * below.sum(0)
    return model
