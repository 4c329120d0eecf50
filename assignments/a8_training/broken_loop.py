"""Find the bugs: a training loop that runs, and is wrong in five places.

`train` is meant to do what its docstring says. It was tried on one batch for one epoch, the loss fell, and
that was that. There are five mistakes, in orders and in shapes, each independent of the others, and each is
graded by itself. Mend them where they stand: the signatures and what is returned stay as they are.

No code is missing here, and nothing needs to be rewritten; every mend is a line long at most.
"""

from typing import Any

import torch
from torch import Tensor, nn

Batch = tuple[Tensor, Tensor]


def squared_error(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The mean squared error of the model's outputs (n, 1) for x (n, d); y is (n, 1) or (n,)."""
    return (model(x) - y).square().mean()


def train(
    model: nn.Module, batches: list[Batch], validation: Batch, epochs: int, lr: float
) -> dict[str, Any]:
    """Train a model with one output by plain gradient descent, and keep its best weights.

    Each epoch does one step for each batch, on the mean squared error of that batch alone, with the model in
    training mode; then it measures the error on the validation batch, with the model in evaluation mode.

    Arguments:
        batches: pairs (x, y), not all of one size. y is (n, 1) or (n,): the same n numbers either way.
        validation: one such pair.

    Returns a dict with
        "losses": for each epoch, the mean over all its samples of the squared errors, each as its batch's
            forward pass had it, before the step.
        "errors": for each epoch, the mean squared error on the validation batch after it.
        "best": the weights after the epoch with the lowest of "errors", as they were then.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses: list[float] = []
    errors: list[float] = []
    best: dict[str, Tensor] = {}
    model.train()
    for _ in range(epochs):
        optimizer.zero_grad()
        total = 0.0
        for x, y in batches:
            loss = squared_error(model, x, y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(batches))

        model.eval()
        with torch.no_grad():
            error = squared_error(model, *validation).item()
        if error < min(errors, default=float("inf")):
            best = dict(model.state_dict())
        errors.append(error)
    return {"losses": losses, "errors": errors, "best": best}
