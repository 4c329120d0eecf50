"""A wrong tensor and the expected one, made comparable; None where any hint would be chance or too costly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from grader.checks.failure import Mismatch

MOST_ELEMENTS = 10**6
MOST_DIMENSIONS = 5
_MOST_INPUTS = 8
_LEAST_DISTINCT = 3
_SAMPLE = 1000
_GREATEST = 1e100  # beyond it, squares of squares overflow
_ROOM = {torch.float64: 1e-9, torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}
"""How far an element may lie from what explains it, as a share of the greatest: some ten times float noise,
and whatever tolerance the test has."""
_WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Both tensors in float64, in int64, or in bool; neither is constant, and all values are finite."""

    actual: torch.Tensor
    expected: torch.Tensor
    inputs: tuple[torch.Tensor, ...]
    """Floating inputs of the call in float64, the small ones."""
    room: float
    dtypes: tuple[torch.dtype, torch.dtype]
    """As they were: of the actual one, of the expected one."""

    @property
    def floating(self) -> bool:
        """Whether the values are real numbers, with noise."""
        return self.expected.dtype is torch.float64

    @property
    def rich(self) -> bool:
        """Whether the expected values tell their places: masks, for instance, hold too few distinct ones."""
        return distinct(self.expected) >= _LEAST_DISTINCT

    def explains(self, candidate: torch.Tensor) -> bool:
        """Whether a tensor made from the expected one is the actual one, shape and every element."""
        return alike(self.actual, candidate, self.room)


def case_of(mismatch: Mismatch) -> Case | None:
    """The case of a failed comparison; None for what is too large, too small, constant or not finite."""
    tensors = [mismatch.actual, mismatch.expected]
    dtypes = (mismatch.actual.dtype, mismatch.expected.dtype)
    if not all(map(_is_fit, tensors)) or max(tensor.numel() for tensor in tensors) < _LEAST_DISTINCT:
        return None
    room = max(_ROOM.get(dtype, 0.0) for dtype in dtypes)
    actual, expected = (widened(tensor, floating=room > 0) for tensor in tensors)
    if not (_is_tame(actual, room) and _is_tame(expected, room)):
        return None
    inputs = tuple(_usable(mismatch.inputs))
    return Case(actual=actual, expected=expected, inputs=inputs, room=room, dtypes=dtypes)


def alike(actual: torch.Tensor, candidate: torch.Tensor, room: float) -> bool:
    """Equal shapes, and every element within `room` times the candidate's greatest magnitude."""
    if candidate.shape != actual.shape:
        return False
    if not candidate.is_floating_point():
        return torch.equal(candidate, actual)
    return bool(((candidate - actual).abs() <= room * candidate.abs().max()).all())


def widened(tensor: torch.Tensor, *, floating: bool) -> torch.Tensor:
    """In float64, or without loss: int64 for integers, bool as it is."""
    if floating:
        return tensor.to(torch.float64)
    return tensor if tensor.dtype is torch.bool else tensor.to(torch.int64)


def distinct(tensor: torch.Tensor) -> int:
    """How many distinct values a tensor has; of a large one, how many a sample of it has."""
    step = max(1, tensor.numel() // _SAMPLE)
    return len(set(tensor.reshape(-1)[::step].tolist()))


def _is_fit(tensor: torch.Tensor) -> bool:
    known = tensor.dtype in _ROOM or tensor.dtype in _WHOLE or tensor.dtype is torch.bool
    return known and tensor.device.type == "cpu" and 2 <= tensor.numel() <= MOST_ELEMENTS


def _is_tame(tensor: torch.Tensor, room: float) -> bool:
    """Finite, and not one value everywhere."""
    low, high = tensor.min(), tensor.max()
    if not tensor.is_floating_point():
        return not torch.equal(low, high)
    greatest = float(tensor.abs().max())
    return greatest < _GREATEST and float(high - low) > 100 * room * greatest  # false for NaN


def _usable(values: Sequence[Any]) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for tensor in _tensors(values, depth=4):
        if len(found) == _MOST_INPUTS:
            break
        small = 2 <= tensor.numel() <= MOST_ELEMENTS and tensor.dim() <= MOST_DIMENSIONS
        if small and tensor.dtype in _ROOM and tensor.device.type == "cpu":
            found.append(tensor.detach().to(torch.float64))
    return found


def _tensors(value: Any, depth: int) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.dtype.isnative:
        yield torch.from_numpy(value.astype(np.float64))
    elif isinstance(value, list | tuple | dict) and depth:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item, depth - 1)
