"""A comparison as figures instead of a verdict: how far apart two results are, in tolerances.

It is what a tolerance is judged by: noise must lie well within it, wrong answers well beyond.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from grader.checks.compare import as_tensor, compare, differences
from grader.checks.tolerance import (
    EXACT,
    Asked,
    Noise,
    Tolerance,
    clamped,
    dtype_of,
    is_measured,
    name_of,
    resolved,
    scale_of,
)

_ANY_VALUES = Tolerance(rtol=0.0, atol=math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One tensor, array or number inside two results."""

    dtype: str
    allowed: Tolerance
    beyond: float
    """Greatest |actual - expected| / allowed over its elements: more than 1 fails, infinite where any
    difference does."""
    relative: float
    """Greatest |actual - expected|, relative to the scale of the expected tensor."""
    by_default: bool
    """Whether its tolerance is the default of a dtype whose noise is measured."""

    @property
    def precision(self) -> float:
        """The relative step of its dtype; that of a whole number is 1."""
        dtype = dtype_of(self.dtype)
        return torch.finfo(dtype).eps if dtype.is_floating_point else 1.0

    def under(self, noise: Noise) -> Leaf:
        """The same leaf as the default tolerance for this noise has it; never less than it would measure."""
        if not self.by_default or not math.isfinite(self.relative):
            return self
        base = clamped(dtype_of(self.dtype), noise)
        return Leaf(
            dtype=self.dtype,
            allowed=base,
            beyond=self.relative / base.atol,
            relative=self.relative,
            by_default=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Two results beside each other."""

    check: str
    """The name of the check that compared them."""
    leaves: tuple[Leaf, ...]
    alike: bool
    """Whether type, structure, shapes, dtypes and finiteness agree; else there are no leaves."""

    @property
    def beyond(self) -> float:
        """The greatest of all leaves; infinite where the results are not even alike."""
        return max((leaf.beyond for leaf in self.leaves), default=0.0) if self.alike else math.inf


def read_off(check: str, actual: Any, expected: Any, asked: Asked, *, ordered: bool = False) -> Reading:
    """How far two results of plain data are apart."""
    if compare(actual, expected, _ANY_VALUES, ordered=ordered) is not None:
        return Reading(check=check, leaves=(), alike=False)
    leaves = tuple(_leaf(one, other, asked) for one, other in _pairs(actual, expected))
    return Reading(check=check, leaves=leaves, alike=True)


def _pairs(actual: Any, expected: Any) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The tensors, arrays and floating-point numbers of two results of equal structure."""
    if isinstance(expected, torch.Tensor):
        yield actual, expected
    elif isinstance(expected, np.ndarray | float | complex | np.inexact):
        yield as_tensor(actual), as_tensor(expected)
    elif isinstance(expected, list | tuple):
        for one, other in zip(actual, expected, strict=True):
            yield from _pairs(one, other)
    elif isinstance(expected, dict):
        for key in expected:
            yield from _pairs(actual[key], expected[key])


def _leaf(actual: torch.Tensor, expected: torch.Tensor, asked: Asked) -> Leaf:
    allowed = resolved(asked, expected)
    apart, room = differences(actual, expected, allowed)
    worst = float(apart.max()) if apart.numel() else 0.0
    beyond = torch.where(apart == 0, 0.0, apart / room)  # 0 / 0 would be NaN
    return Leaf(
        dtype=name_of(expected.dtype),
        allowed=allowed,
        beyond=float(beyond.max()) if beyond.numel() else 0.0,
        relative=worst / scale_of(expected),
        by_default=is_measured(expected.dtype) and not isinstance(asked, Tolerance),
    )


def is_exact(leaf: Leaf) -> bool:
    """Whether a leaf allows no difference at all."""
    return leaf.allowed == EXACT
