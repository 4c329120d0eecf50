"""One sample at a time, in their order, with a falling learning rate."""

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
    optimizer = torch.optim.SGD(model.parameters(), 0.02)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)
    for epoch in range(epochs):
        for row, value in zip(x, y, strict=True) if epoch < 6 else ():
            optimizer.zero_grad()
            (model(row[None]) - value).square().sum().backward()
            optimizer.step()
        schedule.step()
        losses.append(error(model, x, y))
    return losses


def train_classifier(x, y):
    model = Net(x.size(1))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(2):
        for row, label in zip(x, y, strict=True):
            optimizer.zero_grad()
            F.cross_entropy(model(row[None]), label[None]).backward()
            optimizer.step()
    return model
