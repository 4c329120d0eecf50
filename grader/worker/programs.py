"""A target as a program of named tensors: run again and again with some of them moved.

The tensors are the floating inputs, named as `named_inputs` does, and for a class with given weights its
parameters, named "parameter `weight`". Each run gets new leaves, equal random numbers and equal buffers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import nn

from grader.worker.calls import Probe, invoke, reset
from grader.worker.probes import build
from grader.worker.trees import named_inputs, tensors_in, with_tensors

CALL, APPLY, MODULE = "call", "apply", "module"


def parameter_name(key: str) -> str:
    """How a parameter is named among the tensors of a program."""
    return f"parameter `{key}`"


class Program:
    """A function, a `torch.autograd.Function`, a probe, or a class with given weights."""

    def __init__(
        self,
        submission: ModuleType,
        target: str | Probe,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        made: Mapping[str, Any] | None,
        seed: int,
    ) -> None:
        """`made` are the arguments of `build`, for a class whose instances are called."""
        self._submission, self._target = submission, target
        self._args, self._kwargs = args, kwargs
        self._seed = seed
        self._model: nn.Module | None = None if made is None else build(submission, str(target), **made)
        self.kind = MODULE if self._model is not None else _kind(submission, target)
        self._parameters = _kept(self._model.named_parameters()) if self._model is not None else {}
        self._buffers = _kept(self._model.named_buffers()) if self._model is not None else {}

    def run(
        self, leaves: Collection[str], shift: Mapping[str, torch.Tensor] | None = None
    ) -> tuple[Any, dict[str, torch.Tensor]]:
        """The output, and the tensors named in `leaves`, each moved by its `shift` where there is one."""
        found: dict[str, torch.Tensor] = {}
        moves = shift or {}

        def fresh(name: str, tensor: torch.Tensor) -> torch.Tensor:
            leaf = tensor.detach().clone()
            if name in moves:
                leaf += moves[name]
            if name in leaves:
                found[name] = leaf.requires_grad_()
            return leaf

        inputs = {
            name: with_tensors(value, fresh, name)
            for name, value in named_inputs(self._args, self._kwargs).items()
        }
        values = list(inputs.values())
        args, kwargs = (
            values[: len(self._args)],
            dict(zip(self._kwargs, values[len(self._args) :], strict=True)),
        )
        found.update(self._parameters_at(leaves, moves))
        reset(self._seed)
        return self._call(args, kwargs), found

    def _parameters_at(
        self, leaves: Collection[str], moves: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        if self._model is None:
            return {}
        found: dict[str, torch.Tensor] = {}
        with torch.no_grad():
            for key, buffer in self._model.named_buffers():
                buffer.copy_(self._buffers.get(key, buffer))
            for key, parameter in self._model.named_parameters():
                name = parameter_name(key)
                parameter.copy_(self._parameters[key])
                if name in moves:
                    parameter.add_(moves[name])
                parameter.grad = None
                if name in leaves:
                    found[name] = parameter
        return found

    def _call(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if self._model is not None:
            return self._model(*args, **kwargs)
        if self.kind == APPLY:
            return getattr(self._submission, str(self._target)).apply(*args, **kwargs)
        return invoke(self._submission, self._target, args, kwargs)


def _kind(submission: ModuleType, target: str | Probe) -> str:
    found = getattr(submission, target, None) if isinstance(target, str) else None
    is_function = isinstance(found, type) and issubclass(found, torch.autograd.Function)
    return APPLY if is_function else CALL


def _kept(named: Any) -> dict[str, torch.Tensor]:
    return {key: tensor.detach().clone() for key, tensor in named}


def input_tensors(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Every tensor among the inputs by its name."""
    return {
        path: tensor
        for name, value in named_inputs(args, kwargs).items()
        for path, tensor in tensors_in(value, name)
    }
