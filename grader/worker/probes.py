"""Ready-made probes: a class with given weights, and what it does. Courses may use `build` and `module`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import Any

import torch
from torch import nn

from grader.worker.misconceptions import declared

Init = Sequence[Any] | Mapping[str, Any]


def build(
    submission: ModuleType,
    name: str,
    init: Init = (),
    state: Mapping[str, torch.Tensor] | None = None,
    *,
    train: bool = False,
    dtype: torch.dtype | None = None,
) -> nn.Module:
    """For probes: the submission's class `name`, in the given dtype and mode, with the given weights.

    `init` are the constructor's arguments (a mapping is passed by keyword). `state` must have exactly
    the model's parameters; buffers of the student's own, which it need not have, are left alone.
    Raises RuntimeError where the names or shapes do not fit.
    """
    make = getattr(submission, name)
    model: nn.Module = make(**init) if isinstance(init, Mapping) else make(*init)
    return fitted(model, name, state, dtype).train(train)


def fitted(
    model: nn.Module, name: str, state: Mapping[str, torch.Tensor] | None, dtype: torch.dtype | None
) -> nn.Module:
    """A model in the given dtype and with the given weights; `name` is for messages. See `build`."""
    if dtype is not None:
        model = model.to(dtype)
    if state is not None:
        _load(model, state, name)
    return model


def _load(model: nn.Module, state: Mapping[str, torch.Tensor], name: str) -> None:
    found = model.state_dict()
    absent = [key for key in state if key not in found]
    unknown = [key for key, _ in model.named_parameters() if key not in state]
    if absent or unknown:
        parts = [f"has no weights called {', '.join(absent)}"] if absent else []
        parts += [f"has other parameters: {', '.join(unknown)}"] if unknown else []
        raise RuntimeError(f"{name} {' and '.join(parts)}")
    model.load_state_dict(state, strict=False)


def module(
    submission: ModuleType,
    name: str,
    init: Init = (),
    state: Mapping[str, torch.Tensor] | None = None,
    inputs: Sequence[Any] = (),
    train: bool = False,
    backward: bool = False,
    dtype: torch.dtype | None = None,
) -> Iterator[None]:
    """Probe: what the class `name` does with given weights (see `build`) on given inputs.

    Returns `output`, and `buffers` and `state` after the call (where weights are given, those entries
    only); with `backward`, the sum of all floating outputs is differentiated, and `grads` (by parameter
    name, None where there is none) and `input_grads` are added.
    """
    model = build(submission, name, init, state, train=train, dtype=dtype)
    if backward:
        inputs = [_leaf(value) for value in inputs]
    yield
    output = model(*inputs)
    facts: dict[str, Any] = {"output": output}
    if backward:
        torch.autograd.backward(_sum(output))
        facts["grads"] = {key: parameter.grad for key, parameter in model.named_parameters()}
        facts["input_grads"] = [getattr(value, "grad", None) for value in inputs]
    facts["buffers"] = _named(dict(model.named_buffers()), state)
    facts["state"] = _named(model.state_dict(), state)
    return facts  # type: ignore[return-value]  # a generator's value, which Iterator cannot name


def _named(entries: Mapping[str, Any], state: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if state is None or key in state}


def shapes_of(
    submission: ModuleType, name: str, *init: Any, **options: Any
) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    """Probe: the shapes and dtypes of a class's state_dict, by name."""
    state = getattr(submission, name)(*init, **options).state_dict()
    return {key: (tuple(value.shape), value.dtype) for key, value in state.items()}


def state_of(submission: ModuleType, name: str, *init: Any) -> dict[str, torch.Tensor]:
    """Probe: the state_dict of a class as its constructor leaves it."""
    return dict(getattr(submission, name)(*init).state_dict())


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
