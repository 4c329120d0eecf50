"""Watching a training step: what was done with model, loss and optimizer, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn


@dataclass
class Spy:
    """A training step's objects, and what was done with them, in order."""

    model: nn.Module
    loss_fn: Callable[..., torch.Tensor]
    optimizer: torch.optim.Optimizer
    events: list[str] = field(default_factory=list)
    stale: list[float] = field(default_factory=list)
    """At each backward, the greatest absolute gradient left over from before."""
    modes: list[bool] = field(default_factory=list)
    """At each forward, whether the model was in training mode."""

    def record(self) -> dict[str, Any]:
        """The facts, as plain data."""
        return {"events": list(self.events), "stale": list(self.stale), "modes": list(self.modes)}


def spy(model: nn.Module, loss_fn: Callable[..., torch.Tensor], optimizer: torch.optim.Optimizer) -> Spy:
    """Watch a training step: pass on the three attributes of what this returns, then read `record()`.

    Events are `zero_grad`, `forward`, `loss`, `backward` and `step`. Right code may do them in more
    than one order (gradients may be zeroed after the step, or by hand): test what the task asks for.
    """
    watched = Spy(model, loss_fn, optimizer)
    _watch_forward(watched)
    optimizer.register_step_pre_hook(lambda *_: watched.events.append("step"))
    _announce(watched, optimizer)
    _announce(watched, model)

    def loss(*args: Any, **kwargs: Any) -> torch.Tensor:
        value = loss_fn(*args, **kwargs)
        watched.events.append("loss")
        if value.requires_grad:
            value.register_hook(lambda _: _note_backward(watched))  # type: ignore[no-untyped-call]  # torch
        return value

    watched.loss_fn = loss
    return watched


def _watch_forward(watched: Spy) -> None:
    """Wrap the method itself: a hook does not see `model.forward(x)`."""
    original = watched.model.forward

    def forward(*args: Any, **kwargs: Any) -> Any:
        watched.events.append("forward")
        watched.modes.append(watched.model.training)
        return original(*args, **kwargs)

    watched.model.forward = forward


def _announce(watched: Spy, owner: Any) -> None:
    original = owner.zero_grad

    def zero_grad(*args: Any, **kwargs: Any) -> None:
        watched.events.append("zero_grad")
        original(*args, **kwargs)

    owner.zero_grad = zero_grad


def _note_backward(watched: Spy) -> None:
    watched.events.append("backward")
    grads = [parameter.grad for parameter in watched.model.parameters() if parameter.grad is not None]
    watched.stale.append(max((grad.abs().max().item() for grad in grads), default=0.0))
