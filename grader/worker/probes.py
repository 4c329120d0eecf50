"""Ready-made probes for the common cases: a module's behaviour, and the order of a training step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import ModuleType
from typing import Any

import torch
from torch import nn

from grader.worker.misconceptions import declared


def module(
    submission: ModuleType,
    name: str,
    init: Sequence[Any] | Mapping[str, Any] = (),
    state: Mapping[str, torch.Tensor] | None = None,
    inputs: Sequence[Any] = (),
    train: bool = False,
    backward: bool = False,
) -> Iterator[None]:
    """Probe: what the class `name` does with given weights on given inputs.

    `init` are the constructor's arguments (a mapping is passed by keyword); `state` is loaded strictly;
    `train` chooses the mode. Returns `output`, `buffers` after the call and `state`; with `backward`,
    the sum of all floating outputs is differentiated, and `grads` (by parameter name, None where there
    is none) and `input_grads` are added.
    """
    build = getattr(submission, name)
    model = build(**init) if isinstance(init, Mapping) else build(*init)
    if state is not None:
        model.load_state_dict(state)
    model.train(train)
    if backward:
        inputs = [_leaf(value) for value in inputs]
    yield
    output = model(*inputs)
    facts: dict[str, Any] = {"output": output}
    if backward:
        torch.autograd.backward(_sum(output))
        facts["grads"] = {key: parameter.grad for key, parameter in model.named_parameters()}
        facts["input_grads"] = [getattr(value, "grad", None) for value in inputs]
    facts["buffers"] = dict(model.named_buffers())
    facts["state"] = model.state_dict()
    return facts  # type: ignore[return-value]  # a generator's value, which Iterator cannot name


def shapes_of(
    submission: ModuleType, name: str, *init: Any
) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    """Probe: the shapes and dtypes of a class's state_dict, by name."""
    state = getattr(submission, name)(*init).state_dict()
    return {key: (tuple(value.shape), value.dtype) for key, value in state.items()}


def list_misconceptions(submission: ModuleType) -> list[dict[str, Any]]:
    """Probe on `misconceptions.py`: what it declares, in its order."""
    return [asdict(mark) for mark, _ in declared(submission).values()]


def _leaf(value: Any) -> Any:
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.detach().clone().requires_grad_()
    return value


def _sum(output: Any) -> torch.Tensor:
    values = output if isinstance(output, list | tuple) else [output]
    return torch.stack([value.sum() for value in values if value.is_floating_point()]).sum()


@dataclass
class Spy:
    """A training step's objects, and what was done with them, in order."""

    model: nn.Module
    loss_fn: Callable[..., torch.Tensor]
    optimizer: torch.optim.Optimizer
    events: list[str] = field(default_factory=list)
    stale: list[float] = field(default_factory=list)
    """At each backward, the greatest absolute gradient left over from before."""

    def record(self) -> dict[str, Any]:
        """The facts, as plain data."""
        return {"events": list(self.events), "stale": list(self.stale)}


def spy(model: nn.Module, loss_fn: Callable[..., torch.Tensor], optimizer: torch.optim.Optimizer) -> Spy:
    """Watch a training step: pass on the three attributes of what this returns, then read `record()`.

    Events are `zero_grad`, `forward`, `loss`, `backward` and `step`.
    """
    watched = Spy(model, loss_fn, optimizer)
    model.register_forward_pre_hook(lambda *_: watched.events.append("forward"))
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
