"""`requires_grad` of inputs, which plain data does not carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch


def leaves_of(value: Any) -> list[int]:
    """The positions, in the order of a walk, of tensors that require gradients."""
    return [index for index, tensor in enumerate(_tensors(value)) if tensor.requires_grad]


def require_grad(value: Any, leaves: Sequence[int]) -> None:
    """Mark the tensors at these positions as leaves that require gradients."""
    if leaves:
        tensors = list(_tensors(value))
        for index in leaves:
            tensors[index].requires_grad_()


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """The tensors inside lists, tuples and dicts, in a fixed order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
