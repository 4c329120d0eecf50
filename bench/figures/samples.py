"""Samples to figures: medians with their spread, and whether a figure is where it shall be."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Literal

Figure = dict[str, Any]


def spread(samples: Sequence[float], digits: int = 4) -> Figure:
    """Median, quartiles and number of the samples."""
    low, _, high = _quartiles(samples)
    return {
        "median": round(statistics.median(samples), digits),
        "iqr": [round(low, digits), round(high, digits)],
        "n": len(samples),
    }


def ratio(above: Sequence[float], below: Sequence[float], digits: int = 4) -> Figure:
    """The ratio of two medians; its spread from the quartiles that lie farthest apart."""
    a, b = _quartiles(above), _quartiles(below)
    return {
        "median": round(statistics.median(above) / statistics.median(below), digits),
        "iqr": [round(a[0] / b[2], digits), round(a[2] / b[0], digits)],
        "n": min(len(above), len(below)),
    }


def judged(figure: Figure, sense: Literal["<=", ">="], reach: float, *, valid: bool = True) -> Figure:
    """The figure with what it shall reach. `valid` is False where the conditions were not the stated ones."""
    median = figure["median"]
    reached = median <= reach if sense == "<=" else median >= reach
    return {**figure, "reach": f"{sense} {reach:g}", "ok": reached and valid}


def differences(more: Sequence[float], less: Sequence[float]) -> list[float]:
    """Of samples that were taken in turn, pair by pair: slow drifts of the machine cancel."""
    return [a - b for a, b in zip(more, less, strict=True)]


def _quartiles(samples: Sequence[float]) -> tuple[float, float, float]:
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    low, middle, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, middle, high
