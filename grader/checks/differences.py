"""Derivatives measured from values of a function, in float64: central differences, and how good they are.

For a move d of a point x, f is known at x + s d for s in 1, 1/2, 0, -1/2, -1. With D(s) = (f(x + s d) -
f(x - s d)) / 2s, Richardson's combination (4 D(1/2) - D(1)) / 3 is the derivative along d up to terms of
the fourth order in the length of d (Numerical Recipes, 3rd edition, section 5.7). At a bend or a jump
within the move it is not: there D(1) and D(1/2) differ, or the second differences do not shrink as a
square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

LENGTH = 1e-4
"""Length of a move, in units of the moved values' size. Truncation is of the order of 1e-16 of the fifth
derivative then, and rounding 2e-16 / 1e-4 = 2e-12 of the values."""
_ROUNDING = 1e-13
"""Error of one value relative to the sum of magnitudes behind it: 450 units of float64's last place."""
_RTOL = 1e-6
"""Relative error that is always allowed: far from both rounding (1e-11) and the least mistake (1e-5)."""
_BEND = 1e-3
"""A move that bends by more than this share of the derivative is no good for measuring it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The derivative along a move, how far it may be off, and whether the function is smooth there."""

    slope: float
    error: float
    smooth: bool

    def agrees_with(self, claimed: float) -> bool:
        """Whether a claimed derivative lies within the error."""
        return abs(claimed - self.slope) <= self.error


def measure(values: torch.Tensor, centre: float, magnitude: float, typical: float) -> Measured:
    """The derivative along one move, in units of the move.

    `values` are f at 1, 1/2, -1/2 and -1 times the move, `centre` at 0; `magnitude` is the sum of
    magnitudes of which f is the sum; `typical` is the size of derivative that a random move of this
    length would have. All are float64.
    """
    far, near, near_back, far_back = values.tolist()
    wide, narrow = (far - far_back) / 2, near - near_back
    slope = (4 * narrow - wide) / 3
    curved_wide, curved_narrow = far + far_back - 2 * centre, near + near_back - 2 * centre
    bend = max(abs(wide - narrow), abs(4 * curved_narrow - curved_wide) / 2)
    rounding = 8 * _ROUNDING * magnitude
    size = max(abs(slope), typical)
    error = _RTOL * size + 4 * bend + rounding
    smooth = math.isfinite(bend) and bend <= _BEND * size + rounding
    return Measured(slope=slope, error=error, smooth=smooth)
