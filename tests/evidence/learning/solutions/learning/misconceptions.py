"""Known wrong versions."""

import torch
import torch.nn.functional as F
from learning import Net

from grader import misconception


def _error(model, x, y):
    with torch.no_grad():
        return F.mse_loss(model(x), y).item()


@misconception("fit", "The step comes before backward, or the gradients are zeroed between: nothing moves.")
def zeroed_between(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    losses = [_error(model, x, y)]
    for _ in range(epochs):
        F.mse_loss(model(x), y).backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(_error(model, x, y))
    return losses


@misconception("fit", "The gradients are never zeroed: each step goes along the sum of all so far.")
def never_zeroed(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    losses = [_error(model, x, y)]
    for _ in range(epochs):
        F.mse_loss(model(x), y).backward()
        optimizer.step()
        losses.append(_error(model, x, y))
    return losses


@misconception("fit", "Predictions (n, 1) and targets (n,) are broadcast against each other.")
def broadcast(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)

    def loss():
        return (model(x)[:, None] - y).square().mean()

    losses = [loss().item()]
    for _ in range(epochs):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        losses.append(loss().item())
    return losses


@misconception("fit", "The loss goes up: the step follows the gradient instead of going against it.")
def ascends(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), 0.1, maximize=True)
    losses = [_error(model, x, y)]
    for _ in range(min(epochs, 10)):
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()
        losses.append(_error(model, x, y))
    return losses


@misconception("train_classifier", "The model that is returned is not the one that was trained.")
def another_model(x, y):
    model = Net(x.size(1))
    optimizer = torch.optim.Adam(model.parameters(), 0.03)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return Net(x.size(1))
