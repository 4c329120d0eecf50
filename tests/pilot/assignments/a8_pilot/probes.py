"""Probes of this assignment: each runs beside your code and returns plain data."""

import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from grader import spy


def small(p=0.0):
    """A model with dropout."""
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Dropout(p), nn.Linear(5, 1)).double()


def stepped(submission, state, x, y, earlier, lr=0.1):
    """What one train_step does: loss, weights, and the order of events that matters.

    The model comes in eval mode, with gradients of an earlier batch in `.grad`.
    """
    model = small()
    model.load_state_dict(state)
    for parameter, gradient in zip(model.parameters(), earlier, strict=True):
        parameter.grad = gradient.clone()
    watched = spy(model.eval(), F.mse_loss, torch.optim.SGD(model.parameters(), lr))
    yield
    loss = submission.train_step(watched.model, (x, y), watched.loss_fn, watched.optimizer)
    seen = watched.record()
    order = [event for event in seen["events"] if event in ("forward", "backward", "step")]
    return {
        "order": order,
        "training mode": seen["modes"],
        "left over at backward": seen["stale"],
        "loss": loss,
        "weights": dict(model.named_parameters()),
    }


def epochs(submission, state, batches, lr):
    """The losses of one train_step per batch, with momentum."""
    model = small()
    model.load_state_dict(state)
    optimizer = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    return [submission.train_step(model, batch, F.mse_loss, optimizer) for batch in batches]


def train(model, optimizer, x, y, steps):
    """Some steps with dropout; the losses."""
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def fresh(state, p):
    """A model in training mode and its optimizer."""
    model = small(p)
    model.load_state_dict(state)
    return model, torch.optim.Adam(model.parameters(), 0.05)


def resumed(submission, state, x, y, seed, p, epoch=3):
    """Losses of four steps after saving, and of the same four after loading into a new model."""
    torch.manual_seed(seed)
    model, optimizer = fresh(state, p)
    train(model, optimizer, x, y, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        submission.save_checkpoint(path, model, optimizer, epoch)
        straight = train(model, optimizer, x, y, 4)
        model, optimizer = fresh({key: torch.zeros_like(value) for key, value in state.items()}, p)
        told = submission.load_checkpoint(path, model, optimizer)
        after = train(model, optimizer, x, y, 4)
    return {"straight": straight, "resumed": after, "epoch": told}


def readable(submission, state, epoch):
    """Whether the file can be read with weights_only=True, and whether it holds the epoch."""
    model, optimizer = fresh(state, 0.5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        submission.save_checkpoint(path, model, optimizer, epoch)
        try:
            saved = torch.load(path, weights_only=True)
        except Exception as error:  # noqa: BLE001 - the type is the fact
            return {"read": type(error).__name__}
    return {"read": "", "epoch": epoch in [value for value in saved.values() if isinstance(value, int)]}
