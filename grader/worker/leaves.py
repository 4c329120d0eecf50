"""`requires_grad` of inputs, which plain data does not carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.worker.trees import all_tensors


def leaves_of(value: Any) -> list[int]:
    """The positions, in the order of a walk, of tensors that require gradients."""
    return [index for index, tensor in enumerate(all_tensors(value)) if tensor.requires_grad]


def require_grad(value: Any, leaves: Sequence[int]) -> None:
    """Mark the tensors at these positions as leaves that require gradients."""
    if leaves:
        tensors = list(all_tensors(value))
        for index in leaves:
            tensors[index].requires_grad_()
