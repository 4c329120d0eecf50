"""One training step, and stopping and going on without a trace."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn


def train_step(
    model: nn.Module,
    batch: tuple[Tensor, Tensor],
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
) -> float:
    """Train the model on one batch (x, y), and give the loss.

    - The model runs once, in training mode, on the whole batch: loss_fn(model(x), y).
    - One backward, then one step of the optimizer.
    - When backward runs, every gradient is zero or None, whatever was in `.grad` before the call: tests
      leave gradients of an earlier batch there. Where you zero is up to you, except that nothing is
      zeroed between backward and step.

    Returns the loss before the step, as a Python float.
    """
    raise NotImplementedError


def save_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> None:
    """Write one file from which training can go on as if it had never stopped.

    It holds the states (not the objects) of model and optimizer, the epoch, and the state of torch's CPU
    random number generator (`torch.get_rng_state()`), because dropout and shuffling draw from it. The
    keys are up to you; `torch.load(path, weights_only=True)` must be able to read it.
    """
    raise NotImplementedError


def load_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Bring model, optimizer and torch's random number generator back to where they were saved.

    `model` and `optimizer` are new ones, made like those that were saved, the optimizer from this
    model's parameters. Tensors are put on the device of the model (`map_location`).

    Returns the epoch that was saved.
    """
    raise NotImplementedError
