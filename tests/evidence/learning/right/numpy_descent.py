"""numpy inside; the best weights of the way are kept, and own buffers hang at the model."""

import copy

import numpy as np
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
    model.register_buffer("seen", torch.tensor(0))
    X = np.concatenate([x.numpy(), np.ones((len(x), 1))], 1)
    w = np.append(model.layer.weight.detach().numpy()[0], model.layer.bias.detach().numpy())
    losses = [error(model, x, y)]
    for _ in range(epochs):
        w = w - 0.2 * X.T @ (X @ w - y.numpy()) / len(X)
        losses.append(float(np.mean((X @ w - y.numpy()) ** 2)))
    model.layer.weight.data = torch.from_numpy(w[None, :-1]).float()
    model.layer.bias.data = torch.from_numpy(w[-1:]).float()
    return np.array(losses).tolist()


def train_classifier(x, y):
    model = Net(x.size(1))
    optimizer = torch.optim.Adam(model.parameters(), 0.03)
    best, kept = float("inf"), copy.deepcopy(model)
    for _ in range(70):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[50:]), y[50:])
        loss.backward()
        optimizer.step()
        checked = F.cross_entropy(model(x[:50]), y[:50]).item()
        if checked < best:
            best, kept = checked, copy.deepcopy(model)
    return kept
